"""Implementations the article is about."""
