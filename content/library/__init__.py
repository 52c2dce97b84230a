"""Whole libraries as CAR archives: out of one Atelier, and into another."""
