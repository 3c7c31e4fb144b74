"""Formulas that are held to the code: what they say, and whether it is so.

terms       the language that formulas are read into
balls       the value of a term, in ball arithmetic
"""
