"""The Python-Markdown extension: figures, references to them, listings and maths on a page.

A host that knows more than one page (`truepage.hosts.mkdocs`) passes a `Site`; without one the
extension reads the project it runs in.
"""

from truepage.markdown.extension import TruepageExtension, makeExtension

__all__ = ["TruepageExtension", "makeExtension"]
