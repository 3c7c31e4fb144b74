"""Examples on pages, after `>>>` as Python's own prompt: run, and compared with what a page shows.

script      all examples of a page, as one script
running     running it, as a task in a child of the worker
examples    what came of those of all pages, under the same promise as figures
"""
