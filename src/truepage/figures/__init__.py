"""Figures: declared, drawn, and made into pictures that a page can show.

discover    the figures that a project declares, found without importing them
blocks      figures in blocks of code on pages
draw        the task of drawing a figure, and the rendering that comes of it
manifest    all renderings of a project, after a build
picture     that task, in a child of the worker
frame       drawing a figure as it is now
layout      room for all that is drawn
weight      what is drawn as pixels, since it is heavy or only Agg can draw it
backend     matplotlib's SVG backend, and what it notes of what it draws
scheme      which colours follow the page, and whether the picture may be dark
sweep       a figure drawn for each value of a parameter
svg         matplotlib's SVG, made small, in the page's colours and letters
paths       what is drawn, in as few characters as it takes
likeness    whether two pictures differ by no more than rounding
palette     those colours, and what each is in the dark
typefaces   those letters, with the metrics that the page has
data        the values that the artists show
"""
