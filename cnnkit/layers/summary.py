"""A network as a table: every layer on the way of a shape through it, without any numbers flowing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnkit.errors import ShapeError, shown
from cnnkit.layers.base import Layer
from cnnkit.layers.containers import Parallel, Residual
from cnnkit.layers.parameter import Parameter
from cnnkit.layers.signal import Signal
from cnnkit.shapes import whole
from cnnkit.window import Sizes

Cells = Sequence[str]


@dataclass(frozen=True)
class Step:
    """One layer on the way: where it stands, what comes in and what goes out.

    ``joins`` is True for a container where branches meet; what it holds has steps of its own.

    >>> from cnnkit.layers import Linear
    >>> step = steps("summary", Linear(3, 2), (1, 3))[0]
    >>> step.name, step.kind, step.after.shape, step.parameters, step.macs
    ('net', 'Linear', (1, 2), 8, 6)
    """

    path: str
    layer: Layer
    before: Signal
    after: Signal
    joins: bool = False

    @property
    def name(self) -> str:
        """The path, such as "features.0"; a layer that stands alone is called net."""
        return self.path or "net"

    @property
    def kind(self) -> str:
        """The name of the layer's class."""
        return type(self.layer).__name__

    @property
    def held(self) -> list[Parameter]:
        """What the layer can learn."""
        return [] if self.joins else self.layer.parameters()

    @property
    def parameters(self) -> int:
        """How many numbers the layer can learn."""
        return sum(parameter.size for parameter in self.held)

    @property
    def macs(self) -> int:
        """Multiply-adds of the layer itself."""
        return 0 if self.joins else self.layer.macs(self.before.shape)


def steps(function: str, net: Layer, input_shape: Sequence[int]) -> list[Step]:
    """Return the plain layers that an input of this shape passes, in order, and where branches meet.

    Parameters
    ----------
    function : who asks, for messages
    net : Layer; none of its weights is drawn
    input_shape : whole numbers, 1 or more, the batch first: (1, 3, 224, 224)

    Raises
    ------
    ShapeError
        that says how far everything fits, and what does not.

    >>> from cnnkit.layers import Conv2d, Parallel, ReLU, Sequential
    >>> net = Sequential(Conv2d(1, 6, 5), ReLU(), Parallel(Conv2d(6, 16, 1), Conv2d(6, 4, 1)))
    >>> [(step.path, step.after.shape[1]) for step in steps("summary", net, (1, 1, 28, 28))]
    [('0', 6), ('1', 6), ('2.0', 16), ('2.1', 4), ('2', 20)]
    """
    found: list[Step] = []
    try:
        net.trace(Signal.input(_sizes(function, input_shape)), lambda *step: found.append(Step(*step)))
    except ShapeError as error:
        if not found:
            said = str(error)
            raise ShapeError(said if said.startswith(function) else f"{function}: {said}") from None
        last = found[-1]
        raise ShapeError(
            f"{function}: up to {last.name}, which gives {last.after.shape}, everything fits. Then {error}"
        ) from None
    return _with_joins(net, found)


def _with_joins(net: Layer, found: list[Step]) -> list[Step]:
    """Put a step behind the last layer of all branches that meet; of nested ones the inner comes first."""
    behind: dict[int, list[Step]] = {}
    for path, layer in net.named_layers():
        if isinstance(layer, Parallel | Residual):
            inside = {id(part) for _, part in layer.named_layers()}
            places = [place for place, step in enumerate(found) if id(step.layer) in inside]
            if places:
                before = found[places[0]].before
                join = Step(path, layer, before, layer.trace(before, lambda *_: None), joins=True)
                behind.setdefault(places[-1], []).insert(0, join)
    return [each for place, step in enumerate(found) for each in (step, *behind.get(place, ()))]


def summary(net: Layer, input_shape: Sequence[int]) -> str:
    """Return a table with the name, kind, output shape and number of parameters of every layer.

    Parameters
    ----------
    net : Layer
    input_shape : the shape of an input, the batch first: (1, 3, 224, 224)

    Raises
    ------
    ShapeError
        if the layers do not fit together, or not to the input.

    >>> from cnnkit.layers import Flatten, Linear, Sequential
    >>> print(summary(Sequential(Flatten(), Linear(784, 10)), (1, 1, 28, 28)))
    name   kind     output shape  parameters
    ----------------------------------------
    0      Flatten  (1, 784)               0
    1      Linear   (1, 10)            7,850
    ----------------------------------------
    total                              7,850
    """
    found = steps("summary", net, input_shape)
    rows = [(step.name, step.kind, str(step.after.shape), f"{step.parameters:,}") for step in found]
    total = f"{sum(step.parameters for step in found):,}"
    return text_table(("name", "kind", "output shape", "parameters"), rows, ("total", "", "", total))


def text_table(head: Cells, rows: Sequence[Cells], foot: Cells, words: int = 3) -> str:
    """Return lines of text: a head, a line, the rows, a line, a foot; columns of numbers end at the right.

    Parameters
    ----------
    head, rows, foot : cells of text, as many in each
    words : how many columns, from the left, hold words

    >>> print(text_table(("fruit", "pieces"), [("apple", "12"), ("fig", "3")], ("all", "15"), words=1))
    fruit  pieces
    -------------
    apple      12
    fig         3
    -------------
    all        15
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, foot, strict=True)]
    line = "-" * (sum(widths) + 2 * (len(widths) - 1))

    def text(cells: Cells) -> str:
        placed = [
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(placed).rstrip()

    return "\n".join([text(head), line, *map(text, rows), line, text(foot)])


def _sizes(function: str, input_shape: Sequence[int]) -> Sizes:
    if not isinstance(input_shape, list | tuple) or not input_shape:
        raise ShapeError(
            f"{function}: input_shape is {shown(input_shape)}, but it must be a tuple, the batch first, "
            "such as (1, 3, 224, 224)."
        )
    return tuple(whole(f"{function}: input_shape", n, 1) for n in input_shape)
