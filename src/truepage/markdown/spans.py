"""What running text holds besides words; see `truepage.source`."""

from truepage.source import Span, spans

__all__ = ["Span", "spans"]
