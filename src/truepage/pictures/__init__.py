"""From a figure that was drawn to a picture that a page can show.

picture     the task of drawing a figure, done in a child of the worker
sweep       a figure drawn for each value of a parameter
svg         matplotlib's SVG, made small, in the page's colours and letters
paths       what is drawn, in as few characters as it takes
likeness    whether two pictures differ by no more than rounding
palette     those colours, and what each is in the dark
typefaces   those letters, with the metrics that the page has
data        the values that the artists show
"""
