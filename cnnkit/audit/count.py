"""The audit: what every layer of a network takes and sees, found from shapes alone.

Nothing is computed and no weight is drawn, so the largest network is audited at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from cnnkit.audit.html import html_table
from cnnkit.errors import UsageError, shown
from cnnkit.layers.base import Layer
from cnnkit.layers.signal import Signal
from cnnkit.layers.summary import Step, steps, text_table
from cnnkit.receptive_field import Field
from cnnkit.window import Sizes

HEAD = ("name", "kind", "output shape", "parameters", "MACs", "bytes", "field", "stride", "start")


@dataclass(frozen=True)
class Row:
    """One layer, or the input itself.

    Attributes
    ----------
    name, kind : its path in the network, and its class
    shape : of the output, the batch first
    parameters : how many numbers it can learn
    macs : multiply-adds of its convolution or matrix product; additions of biases are not counted
    activation_bytes : memory of the output; 0 where it can overwrite what came in
    field : what its units see of the input, one `Field` a spatial axis; empty where that is not known

    >>> row = Row("0", "Conv2d", (1, 6, 24, 24), 156, 86400, 13824, (Field(5), Field(3)))
    >>> row.to_dict()["field"], row.cells()[-3:]
    ({'size': [5, 3], 'stride': [1, 1], 'start': [0, 0]}, ('5 x 3', '1', '0'))
    """

    name: str
    kind: str
    shape: Sizes
    parameters: int
    macs: int
    activation_bytes: int
    field: tuple[Field, ...]

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, with one number for a field that is the same on all axes."""
        counts = (f"{count:,}" for count in (self.parameters, self.macs, self.activation_bytes))
        return (self.name, self.kind, str(self.shape), *counts, *map(_joined, self._field().values()))

    def to_dict(self) -> dict[str, Any]:
        """Return the row as numbers, strings and lists, ready for JSON."""
        values = {name: value for name, value in vars(self).items() if name != "field"}
        return values | {"shape": list(self.shape), "field": self._field() if self.field else None}

    def _field(self) -> dict[str, list[int]]:
        return {name: [getattr(axis, name) for axis in self.field] for name in ("size", "stride", "start")}


@dataclass(frozen=True)
class Audit:
    """The table of a network; ``print`` shows it as text, a notebook as HTML.

    Attributes
    ----------
    rows : the input first, then every layer; also one where branches meet, with their common field
    weight_bytes : memory of all parameters of the rows
    elsewhere : parameters beside the way of this input, such as those of auxiliary classifiers; in no row

    >>> from cnnkit.layers import Conv2d
    >>> table = audit(Conv2d(1, 6, 5), (1, 1, 28, 28))
    >>> table.parameters, table.macs, table.activation_bytes, table.weight_bytes
    (156, 86400, 16960, 624)
    """

    rows: tuple[Row, ...]
    dtype: np.dtype[Any]
    weight_bytes: int
    elsewhere: int = 0

    @property
    def parameters(self) -> int:
        """How many numbers all rows can learn."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-adds of one forward pass."""
        return sum(row.macs for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of the input and of all outputs; for the outputs alone subtract that of ``rows[0]``."""
        return sum(row.activation_bytes for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return rows and totals as numbers, strings and lists, ready for JSON."""
        names = ("parameters", "macs", "activation_bytes", "weight_bytes", "elsewhere")
        totals = {name: getattr(self, name) for name in names}
        return {"rows": [row.to_dict() for row in self.rows], "dtype": str(self.dtype), "total": totals}

    def in_words(self) -> str:
        """Return the totals as sentences; 1 MB is 1,000,000 bytes."""
        outputs = self.activation_bytes - self.rows[0].activation_bytes
        said = (
            f"{self.parameters:,} parameters of {self.dtype} take {_megabytes(self.weight_bytes)}. "
            f"One forward pass takes {self.macs:,} multiply-adds; its activations take "
            f"{_megabytes(self.activation_bytes)}, or {_megabytes(outputs)} without the input."
        )
        more = f" Elsewhere, in layers that this input does not pass: {self.elsewhere:,} parameters."
        return said + more if self.elsewhere else said

    def __str__(self) -> str:
        return f"{text_table(*self._table())}\n{self.in_words()}"

    def _repr_html_(self) -> str:
        return html_table(self.in_words(), *self._table())

    def _table(self) -> tuple[Sequence[str], list[tuple[str, ...]], Sequence[str]]:
        totals = (f"{count:,}" for count in (self.parameters, self.macs, self.activation_bytes))
        return HEAD, [row.cells() for row in self.rows], ("total", "", "", *totals, "", "", "")


def audit(net: Layer, input_shape: Sequence[int]) -> Audit:
    """Follow an input of this shape through a network, and note what each layer takes and sees.

    Activations are counted as numbers of the weights' own precision, 4 bytes each for float32. Layers that
    can overwrite their input (ReLU, dropout, flatten) add nothing; neither do sums and concatenations, as the
    branches can write where the result will stand.

    Parameters
    ----------
    net : Layer
    input_shape : the shape of an input, the batch first: (1, 3, 224, 224)

    Returns
    -------
    Audit

    Raises
    ------
    ShapeError
        if the layers do not fit together, or not to the input.

    References
    ----------
    Araujo, Norris and Sim (2019), *Computing receptive fields of convolutional neural networks*.

    >>> from cnnkit.layers import Conv2d, Linear, MaxPool2d, Flatten, Sequential
    >>> print(audit(Sequential(Conv2d(1, 6, 5), MaxPool2d(2), Flatten(), Linear(864, 10)), (1, 1, 28, 28)))
    name   kind       output shape    parameters    MACs   bytes  field  stride  start
    ----------------------------------------------------------------------------------
    input             (1, 1, 28, 28)           0       0   3,136      1       1      0
    0      Conv2d     (1, 6, 24, 24)         156  86,400  13,824      5       1      0
    1      MaxPool2d  (1, 6, 12, 12)           0       0   3,456      6       2      0
    2      Flatten    (1, 864)                 0       0       0     28       2      0
    3      Linear     (1, 10)              8,650   8,640      40     28       2      0
    ----------------------------------------------------------------------------------
    total                                  8,806  95,040  20,456
    8,806 parameters of float32 take 0.04 MB. One forward pass takes 95,040 multiply-adds; its activations
    take 0.02 MB, or 0.02 MB without the input.
    """
    if not isinstance(net, Layer):
        raise UsageError(f"audit: net is {shown(net)}, but it must be a layer, or a network made of layers.")
    found = steps("audit", net, input_shape)
    dtypes = {parameter.dtype for parameter in net.parameters()}
    dtype = np.result_type(*dtypes) if dtypes else np.dtype(np.float32)
    start = Signal.input(tuple(input_shape))
    first = Row("input", "", start.shape, 0, 0, prod(start.shape) * dtype.itemsize, start.field)
    held = [parameter for step in found for parameter in step.held]
    weight_bytes = sum(parameter.size * parameter.dtype.itemsize for parameter in held)
    elsewhere = sum(p.size for p in net.parameters()) - sum(p.size for p in held)
    return Audit((first, *(_row(step, dtype.itemsize) for step in found)), dtype, weight_bytes, elsewhere)


def _row(step: Step, itemsize: int) -> Row:
    shape = step.after.shape
    memory = 0 if step.joins or step.layer.in_place else prod(shape) * itemsize
    return Row(step.name, step.kind, shape, step.parameters, step.macs, memory, step.after.field)


def _joined(axes: Iterable[int]) -> str:
    """Return one number where all axes agree, one an axis where they differ, a dash where there is none."""
    numbers = [f"{number:,}" for number in axes]
    return numbers[0] if len(set(numbers)) == 1 else " x ".join(numbers) or "-"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.2f} MB"
