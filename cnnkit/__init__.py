"""cnnkit: convolutional networks from the inside, in NumPy.

The library teaches by being readable; ``cnnkit.classroom`` holds what checks, builds and grades the
course. Importing this package loads NumPy and nothing heavier.
"""

from cnnkit.errors import ShapeError, UsageError

__version__ = "0.1.0"
__all__ = ["ShapeError", "UsageError", "__version__"]
