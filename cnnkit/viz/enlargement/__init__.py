"""Figures of chapter 07: the convolution matrix, stamps, checkerboards."""
