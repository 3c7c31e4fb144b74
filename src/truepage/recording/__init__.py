"""What a job touches, noted in the process that does it, at the grain of the function.

    reading     finds a module's code, and has it cut by
    outline     into what its import executes and what each of its functions does, and by
    quiet       those of its statements that only bind names, and
    bindings    what each of these binds
    importing   runs the marked code, and notes where Python looked for it
    hearing     notes what Python's audit events tell of: files, folders, processes, the network
    watching    notes what they do not: questions about files, variables, the clock, chance
    recorder    keeps it all, as `label → state`

The side that decides never imports the author's code: it asks `truepage.world` for present states.
"""
