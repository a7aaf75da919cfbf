"""Figures of chapter 06: pooling, and what a move changes."""
