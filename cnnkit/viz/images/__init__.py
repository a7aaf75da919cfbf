"""Figures of chapter 01: what a picture is made of, and who touches whom."""
