"""Galleries: folders of plain scripts, each of which becomes a page.

restructured   reStructuredText in scripts, as Markdown
script_blocks  a script as blocks of prose and code
example        an example, and the task of running it
gallery        the scripts of a folder: sections, order, what heads them
gallery_site   their pages, the index, and which of them ran a function
"""
