"""The rank of a kernel: how many column-times-row products it takes, added one by one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.family.rank_drawing import rank_drawing
from cnnkit.viz.options import matrix
from cnnkit.viz.words import number, plain, several, size

Array = npt.NDArray[Any]
LARGEST = 7

PRESETS: dict[str, Array] = {
    "mean": np.full((3, 3), 1 / 9),
    "gaussian": np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]),
    "sobel_x": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "laplacian": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "disc": np.array([[0, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 1, 1, 0]]),
    "diagonal": np.diag([1, 2, 3, 2, 1]),
}
OWN = "your own"


def kernel_rank(kernel: Any = "sobel_x", *, rank: int = 1) -> Demo:
    """Show a kernel as a sum of column-times-row products, the strongest first.

    Parameters
    ----------
    kernel : str, one of the presets, or array (KH, KW), at most 7 × 7, not all zero
    rank : int, how many products to add up

    Returns
    -------
    Demo

    >>> kernel_rank("sobel_x").facts()["rank"], kernel_rank("laplacian").facts()["rank"]
    (1, 2)
    >>> facts = kernel_rank("sobel_x").facts()
    >>> facts["column"], facts["row"]
    ([1, 2, 1], [-1, 0, 1])
    >>> kernel_rank("laplacian", rank=2).facts()["error"]
    0
    """
    kernels = dict(PRESETS)
    if not isinstance(kernel, str):
        kernels[OWN] = matrix("kernel_rank", "kernel", kernel, LARGEST)
        if not np.any(kernels[OWN]):
            raise ShapeError("kernel_rank: kernel is all zeros, and has no product to show.")
    controls: list[Control] = [
        Choice("kernel", "kernel", "which kernel is taken apart", tuple(kernels)),
        Slider("rank", "products", "how many products are added up", 1, partial(_most, kernels=kernels)),
    ]
    state = {"kernel": kernel if isinstance(kernel, str) else OWN, "rank": rank}
    caption = "A kernel as a sum of products of a column and a row, the strongest first."
    return Demo("kernel_rank", partial(_draw, kernels=kernels), controls, state, caption)


def _most(state: State, kernels: dict[str, Array]) -> int:
    """As many products as the shorter side is long are always enough."""
    return int(min(kernels[state["kernel"]].shape))


@dataclass(frozen=True)
class Parts:
    """A kernel, its singular value decomposition, and how many of its products are added up."""

    name: str
    k: Array
    added: int

    @cached_property
    def decomposition(self) -> tuple[Array, Array, Array]:
        """Columns, strengths and rows, the strongest first."""
        u, s, vt = np.linalg.svd(self.k)
        return u, s, vt

    @property
    def strengths(self) -> Array:
        """The singular values; what is only rounding error is 0."""
        s = self.decomposition[1]
        return np.where(s > 1e-9 * s[0], s, 0.0)

    @property
    def rank(self) -> int:
        """The number of products that make up the whole kernel."""
        return int(np.sum(self.strengths > 0))

    @cached_property
    def factors(self) -> tuple[Array, Array]:
        """Column and row of the product added last, scaled so that small whole numbers show as such."""
        u, _, vt = self.decomposition
        column, row = u[:, self.added - 1], vt[self.added - 1]
        sizes = np.abs(column)
        unit = sizes[sizes > 1e-9].min() * np.sign(column[sizes.argmax()])
        return _clean(column / unit), _clean(row * unit * self.strengths[self.added - 1])

    @cached_property
    def total(self) -> Array:
        """The sum of the products added so far."""
        u, s, vt = self.decomposition
        return _clean((u[:, : self.added] * s[: self.added]) @ vt[: self.added])

    @property
    def error(self) -> float:
        """What is missing, as a part of the whole: the length of the rest by the length of the kernel."""
        s = self.strengths
        return float(np.sqrt(np.sum(s[self.added :] ** 2) / np.sum(s**2)))


def _clean(values: Array) -> Array:
    """Turn the rounding errors of a decomposition back into zeros and whole numbers."""
    return np.asarray(np.round(values, 9) + 0.0)


def _draw(state: State, kernels: dict[str, Array]) -> Picture:
    parts = Parts(state["kernel"], kernels[state["kernel"]], state["rank"])
    column, row = parts.factors
    facts = {
        "rank": parts.rank,
        "separable": parts.rank == 1,
        "strengths": plain(np.round(parts.strengths, 9)),
        "column": plain(column),
        "row": plain(row),
        "sum": plain(parts.total),
        "error": plain(np.round(parts.error, 9)),
    }
    drawing = rank_drawing(parts.k, column, row, parts.total, parts.strengths, parts.added)
    return Picture(drawing, facts, _alt(parts), _status(parts), _code(parts))


def _status(parts: Parts) -> str:
    verdict = (
        "one product, so it is separable" if parts.rank == 1 else f"{parts.rank} products, not separable"
    )
    missing = f"{parts.error:.0%} of the kernel is missing" if parts.error else "nothing is missing"
    last = "" if parts.strengths[parts.added - 1] else " The product added last has strength 0."
    return (
        f"{_named(parts)} has rank {parts.rank}: {verdict}. "
        f"With {several(parts.added, 'product')} {missing}.{last}"
    )


def _named(parts: Parts) -> str:
    return "Your kernel" if parts.name == OWN else f"The kernel {parts.name}"


def _alt(parts: Parts) -> str:
    strengths = ", ".join(number(round(float(strength), 3)) for strength in parts.strengths)
    return (
        f"{_named(parts)}, {size(parts.k.shape)}, beside product number {parts.added} of a column and a row, "
        f"and the sum of the first {several(parts.added, 'product')}, which misses {parts.error:.0%} of it. "
        f"Below, bars for the strengths {strengths}."
    )


def _code(parts: Parts) -> str:
    return (
        f"import numpy as np\n\nk = np.array({plain(parts.k)})\nu, s, vt = np.linalg.svd(k)\n"
        f"total = (u[:, :{parts.added}] * s[:{parts.added}]) @ vt[:{parts.added}]\n"
        "rank = np.linalg.matrix_rank(k)\nerror = np.linalg.norm(k - total) / np.linalg.norm(k)\n"
    )
