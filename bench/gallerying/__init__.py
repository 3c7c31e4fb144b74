"""Running, measuring and showing matplotlib's gallery."""
