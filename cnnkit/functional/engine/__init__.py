"""How convolution is computed: its three sums, as products of matrices.

`cnnkit.functional.conv` says what convolution is; a reader who only wants that may skip this folder.
"""

from cnnkit.functional.engine.columns import correlate, input_gradient, weight_gradient

__all__ = ["correlate", "input_gradient", "weight_gradient"]
