"""Figures of chapter 11: what a network sees."""
