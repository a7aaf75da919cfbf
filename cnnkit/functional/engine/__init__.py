"""How convolution is computed: its three sums, as products of matrices.

`cnnkit.functional.conv` says what convolution is; a reader who only wants that may skip this folder. Who
wants to know reads its files in this order. `columns` is tested against `loops`, all that is faster against
`columns`:

    loops       the definition: seven loops
    columns     im2col: one matrix product
    workspace   memory that is used again, and copies that suit it
    blocks      some outputs at a time
    blocked     im2col of a block
    together    for few channels, neighbouring outputs at once
    cook_toom   fewer multiplications along one axis
    winograd    the same along all axes, for all channels
    fold        a stride as part of the channels
    plan        which of them for which shape

`sums` and `back` bring them to images and gradients. `depthwise` is for kernels of one channel each,
`product` for dense layers; `threads` says how many work at once.
"""

from cnnkit.functional.engine.back import input_gradient
from cnnkit.functional.engine.plan import exact
from cnnkit.functional.engine.sums import correlate, weight_gradient
from cnnkit.functional.engine.threads import threads

__all__ = ["correlate", "exact", "input_gradient", "threads", "weight_gradient"]
