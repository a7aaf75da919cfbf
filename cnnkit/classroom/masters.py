"""The master notebooks in ``solutions/``, and which of them a name on the command line means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnkit.errors import UsageError

CHECKOUT = Path(__file__).resolve().parents[2]


def solutions_folder(option: Path | None = None) -> Path:
    """Return the folder of masters: ``option``, or ``solutions`` here, or the one of this checkout.

    Raises
    ------
    UsageError
        if there is none, as in an installed cnnkit: masters never leave the repository.
    """
    candidates = [option] if option else [Path("solutions"), CHECKOUT / "solutions"]
    for folder in candidates:
        if folder.is_dir():
            return folder.resolve()
    if option:
        raise UsageError(
            f"{option} is not a folder. Give the folder of the master notebooks, as in --solutions solutions."
        )
    raise UsageError("no folder solutions/ here. Run this in a clone of the course, or give --solutions DIR.")


def masters(solutions: Path) -> dict[str, Path]:
    """Return the master notebook of each chapter, in the order in which they are taught.

    Raises
    ------
    UsageError
        if the folder holds no master.
    """
    found = {path.stem: path for path in sorted(solutions.glob("*/*.ipynb")) if path.stem == path.parent.name}
    if not found:
        raise UsageError(f"{solutions} holds no master. A master is solutions/NN_topic/NN_topic.ipynb.")
    return found


def choose(names: Sequence[str], found: Mapping[str, Path]) -> dict[str, Path]:
    """Return the chapters called ``names`` (full name or number); all of them for no names.

    >>> choose(["02"], {"02_convolution": Path("a"), "03_shapes": Path("b")})
    {'02_convolution': PosixPath('a')}
    >>> choose(["9"], {"02_convolution": Path("a")})
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: no chapter 9. The chapters are 02_convolution.
    """
    chosen = {}
    for name in names:
        match = [chapter for chapter in found if name in (chapter, chapter.partition("_")[0])]
        if not match:
            raise UsageError(f"no chapter {name}. The chapters are {', '.join(found)}.")
        chosen[match[0]] = found[match[0]]
    return dict(sorted(chosen.items())) if names else dict(found)
