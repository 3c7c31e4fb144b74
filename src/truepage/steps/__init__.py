"""Steps: functions whose results are computed once for all who call them, and kept.

    contents   turns data into text and arrays, and back; nothing of it is ever executed
    tables     does so with pandas' tables
    asking     in a task's process, asks the builder for the result of a call
    step_task  computes a call, in a process of its own

`truepage.engine.step_call` names a call: the function, and its arguments' content. In the builder
`truepage.engine.step_sharing` answers: with what is kept, or by having it computed.

A task's trace holds what the steps that it called came to, and not what they touched: that is in
their own traces. So a step that has changed is computed again before anything else is decided, and
if its result is the same, all who called it are fresh.
"""
