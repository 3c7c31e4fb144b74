"""Adapters for the programs that build a site. The command line alone imports them.

mkdocs             the plugin: it wires engine and extension into a site
mkdocs_pages       the pages of a site, as hooks and extensions leave them
mkdocs_code_pages  the notebooks and galleries of a site
mkdocs_finishing   the finishing of pages: what the theme made is mended
mkdocs_serving     the live preview of `mkdocs serve`
"""
