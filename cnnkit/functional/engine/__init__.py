"""How convolution is computed: its three sums, as products of matrices.

`cnnkit.functional.conv` says what convolution is; a reader who only wants that may skip this folder. Who
wants to know reads its files in this order. `columns` is tested against `loops`, all that is faster against
`columns`:

    loops       the definition: seven loops
    columns     im2col: one matrix product
    blocked     im2col, some rows at a time; and outputs together where channels are few
    cook_toom   fewer multiplications along one axis
    winograd    the same along all axes, for all channels
    plan        which of them for which shape

`sums` and `back` bring them to images and gradients, in `blocks`. `fold` makes a stride part of the channels;
`depthwise` is for kernels of one channel each, `product` for dense layers; `workspace` and `threads` say
where, and with how many, all of them work.
"""

from cnnkit.functional.engine.back import input_gradient
from cnnkit.functional.engine.plan import exact
from cnnkit.functional.engine.sums import correlate, weight_gradient
from cnnkit.functional.engine.threads import threads

__all__ = ["correlate", "exact", "input_gradient", "threads", "weight_gradient"]
