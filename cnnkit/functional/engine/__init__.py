"""How convolution is computed: outputs and both gradients, as products of matrices.

`cnnkit.functional.conv` says what convolution is; a reader who only wants that may skip this folder. Who
wants to know reads its files in this order. `columns` is tested against `loops`, all that is faster against
`columns`:

    loops       the definition: seven loops
    columns     im2col: one matrix product
    workspace   memory that is used again, and copies that suit it
    blocks      some outputs at a time
    together    for few channels, a window for neighbouring outputs
    blocked     im2col of a block
    cook_toom   fewer multiplications along one axis
    fold        a stride as part of the channels
    winograd    cook_toom along all axes, for all channels
    plan        which of them for which shape
    threads     how many work at once
    depthwise   one kernel for each channel
    sums        outputs, and the gradient of the kernels
    back        the gradient of the images
    product     dense layers
"""

from cnnkit.functional.engine.back import input_gradient
from cnnkit.functional.engine.plan import exact
from cnnkit.functional.engine.sums import correlate, weight_gradient
from cnnkit.functional.engine.threads import threads

__all__ = ["correlate", "exact", "input_gradient", "threads", "weight_gradient"]
