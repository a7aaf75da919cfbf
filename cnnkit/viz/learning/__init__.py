"""Figures of chapters 08 to 10: gradients on their way back, and training."""
