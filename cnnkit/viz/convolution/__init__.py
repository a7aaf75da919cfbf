"""Figures of chapters 02 and 03: a window slides."""
