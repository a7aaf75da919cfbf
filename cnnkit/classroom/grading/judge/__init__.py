"""Judging one submission: rebuilt from the master, run far away, and judged here."""
