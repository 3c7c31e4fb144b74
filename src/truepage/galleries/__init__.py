"""Galleries: folders of plain scripts, each of which becomes a page.

restructured  reStructuredText in scripts, as Markdown
example       reading a script as blocks of prose and code, and the job of running it
gallery       the scripts of a folder: sections, order, what heads them
site          their pages, the index, and which of them ran a function
"""
