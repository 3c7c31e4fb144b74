"""Notebooks under the same promise as figures.

notebook    reading one, and executing it as a job
executing   that job, done in a child of the worker
page        what was executed, as Markdown and as files to take away
site        all notebooks of a site
"""
