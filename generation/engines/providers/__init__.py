"""Engines whose models run at providers. They import neither torch nor Django."""
