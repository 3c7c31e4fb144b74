"""Incremental builds of tasks with recorded dependencies.

    project                     the folders and options of a project
    task                        tasks, their runs and their results
    context                     a project with its store, its stat cache and its current state
    trace                       what a run touched, and whether that is as it was
    current_state               the present state of all that a task may depend on
    ast_digest, bindings, quiet digests of code, by what of it can make a difference
    store, stat_cache, cache    traces and results, facts on files, and what else is kept
    batch                       runs the stale tasks of a batch, and keeps their results
    pool, preload               worker processes, and what they import ahead
    step_call, step_sharing     calls of steps, each computed once for all who ask

Nothing here knows a figure, a notebook or a page. The process of a task is `truepage.worker`.
"""
