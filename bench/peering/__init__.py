"""What `bench/peers.py` measures: projects, tools, and whether what they publish is right."""
