"""What pages state, held to the author's code.

It finds formulas, claims and values on pages, has the code called in recorded children, lets
`truepage.maths` judge, and keeps what came of it between builds.
"""
