"""Notebooks under the same promise as figures.

cells           cells, their code as Python, and the comments that describe figures
notebook        notebooks, read from files, and the task of executing one
executing       that task, in a child of the worker
cell_execution  the execution of its cells there
notebook_page   an executed notebook as Markdown
downloads       the files of a notebook that readers may take away
notebook_site   all notebooks of a site
"""
