"""Figures of chapter 05: rank, volumes, and what each kind of convolution costs."""
