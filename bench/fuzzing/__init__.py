"""Random programs, random edits of them, and what the engine makes of both."""
