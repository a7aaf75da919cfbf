"""One moment of pooling: which pixels the window covers, which of them wins, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional import avg_pool2d, max_pool2d
from cnnkit.shapes import Pair
from cnnkit.viz.controls import State
from cnnkit.viz.words import size_formula

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Pooled:
    """A map, the options, and the step: everything else follows. Pixels count from the map's own corner."""

    still: Array
    x: Array
    kind: str
    k: int
    stride: int
    padding: int
    ceil_mode: bool
    shift: int
    step: int

    @classmethod
    def at(cls, state: State, still: Array) -> Pooled:
        """Read the options from a figure's state, and move the map.

        >>> state = dict(kind="max", kernel=2, stride=2, padding=1, ceil_mode=False, shift=0, step=3)
        >>> now = Pooled.at(state, np.arange(9).reshape(3, 3))
        >>> now.corner, now.pixels, now.result
        ((1, 1), [(1, 1), (1, 2), (2, 1), (2, 2)], np.float64(8.0))
        """
        width, shift = still.shape[1], state["shift"]
        x = np.pad(still.astype(float), [(0, 0), (shift, 0)])[:, :width]
        names = ("kind", "kernel", "stride", "padding", "ceil_mode", "shift", "step")
        return cls(still, x, *(state[name] for name in names))

    def pooled(self, x: Array) -> Array:
        """Pool a map with these options."""
        function = max_pool2d if self.kind == "max" else avg_pool2d
        s, p, up = self.stride, self.padding, self.ceil_mode
        return np.asarray(function(x[None, None], self.k, stride=s, padding=p, ceil_mode=up)[0, 0])

    @cached_property
    def output(self) -> Array:
        """The results of all windows."""
        return self.pooled(self.x)

    @cached_property
    def before(self) -> Array:
        """The results for the map that has not been moved."""
        return self.pooled(self.still.astype(float))

    @property
    def changed(self) -> int:
        """How many results the move has changed."""
        return int(np.sum(~np.isclose(self.output, self.before)))

    @property
    def place(self) -> Pair:
        """Row and column of the result that is being computed."""
        row, column = divmod(self.step, self.output.shape[1])
        return row, column

    @property
    def result(self) -> Any:
        """What the window in question gives."""
        return self.output[self.place]

    @property
    def corner(self) -> Pair:
        """Where the window in question starts; negative inside the border."""
        return self.start(self.place)

    def start(self, place: Pair) -> Pair:
        """Return where a window starts."""
        return place[0] * self.stride - self.padding, place[1] * self.stride - self.padding

    @cached_property
    def pixels(self) -> list[Pair]:
        """The pixels of the map under the window in question."""
        return self.covered(self.place)

    def covered(self, place: Pair) -> list[Pair]:
        """Return the pixels of the map under a window, row by row."""
        rows, columns = (
            range(max(start, 0), min(start + self.k, extent))
            for start, extent in zip(self.start(place), self.x.shape, strict=True)
        )
        return [(i, j) for i in rows for j in columns]

    def winner(self, place: Pair) -> Pair:
        """Return the pixel with the largest number under a window, the first one row by row."""
        return max(self.covered(place), key=lambda pixel: self.x[pixel])

    @property
    def winners(self) -> set[Pair]:
        """The winners of all windows."""
        return {self.winner(place) for place in np.ndindex(*self.output.shape)}

    @property
    def read(self) -> set[Pair]:
        """The pixels that lie in any window."""
        return {pixel for place in np.ndindex(*self.output.shape) for pixel in self.covered(place)}

    @property
    def divisor(self) -> int:
        """By what a mean divides: the places of the window, but none beyond the border."""
        down, across = (
            int(min(start + self.k, extent + self.padding) - start)
            for start, extent in zip(self.corner, self.x.shape, strict=True)
        )
        return down * across

    @property
    def overhang(self) -> Pair:
        """By how many rows and columns the last windows stick out of the border."""
        last = self.start((self.output.shape[0] - 1, self.output.shape[1] - 1))
        down, across = (
            max(0, start + self.k - extent - self.padding)
            for start, extent in zip(last, self.x.shape, strict=True)
        )
        return down, across

    @property
    def formulas(self) -> str:
        """The size formula for rows and columns, once where both are the same."""
        down, across = (
            self._formula(extent, outputs)
            for extent, outputs in zip(self.x.shape, self.output.shape, strict=True)
        )
        return down if down == across else f"down {down}, across {across}"

    def _formula(self, extent: int, outputs: int) -> str:
        room = extent + 2 * self.padding - self.k
        if not self.ceil_mode or room % self.stride == 0:
            return size_formula(extent, self.k, self.stride, self.padding, 1)
        padded = f"{extent} + 2·{self.padding}" if self.padding else f"{extent}"
        dropped = " − 1" if outputs < -(-room // self.stride) + 1 else ""
        return f"⌈({padded} − {self.k}) / {self.stride}⌉ + 1{dropped} = {outputs}"
