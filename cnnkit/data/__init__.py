"""Data that comes with the course: photographs, all of them offline."""

from cnnkit.data.photographs import photograph, shrink

__all__ = ["photograph", "shrink"]
