"""Incremental builds of tasks with recorded dependencies."""
