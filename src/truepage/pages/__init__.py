"""The material of pages besides pictures, for any host.

typesetting, formula_cache, plaintext      formulas, set in this process, kept, and as one line of
text listing                         source code by symbol
bibliography                    the sources that pages cite
facts                           reading time, last change, how to cite a page
styles, fonts                   one style sheet for each page, and the fonts of the first visit
search                          a page as the search of a host reads it
finishing                       what is mended on a page before it is written
"""
