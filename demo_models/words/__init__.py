"""A small T5 that names the tags of descriptions and writes a few sentences about a prompt."""
