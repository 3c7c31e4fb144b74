"""What pages are made of besides pictures, for whichever host makes them.

katex, formulas, plaintext      formulas, set in this process, kept, and as one line of text
listing                         source code by symbol
bibliography                    the sources that pages cite
facts                           reading time, last change, how to cite a page
assets, styles, fonts           what pages load, one style sheet for each, the first visit's fonts
finishing                       what is mended on a page before it is written
"""
