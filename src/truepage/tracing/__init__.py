"""The recording of what a task touches, in the process that runs it, at the grain of the function.

    reading      finds a module's code, and marks it by its AST digests
    import_hook  runs the marked code, and notes where Python looked for it
    audit_hook   notes what Python's audit events tell of: files, folders, processes, the network
    patches      note what they do not: questions about files, variables, the clock, chance
    kernel       lets the system calls of a child and of all that it starts wait for the
    supervisor   which notes what they open: files of C code and of child processes
    questions    go from a child of the worker to the builder, as when it calls a step
    recorder     keeps it all, as `label → state`

`truepage.worker` puts these to work in a child of its own for each task. The side that decides
never imports the author's code: it asks `truepage.engine.current_state`.
"""
