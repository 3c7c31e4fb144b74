"""Pages that cannot drift from the code."""
