"""Adapters for the programs that build a site: nothing else imports them."""
