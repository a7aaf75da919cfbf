"""What travels between tests and students: values by value, the rest as handles, nothing that runs."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cnnkit.classroom.grading.judge import wire


class Shelf:
    """Keeps things under numbers, as both sides do."""

    def __init__(self) -> None:
        self.things: list[Any] = []

    def keep(self, value: Any) -> tuple[int, str]:
        self.things.append(value)
        return len(self.things) - 1, type(value).__name__

    def found(self, number: int, type_name: str) -> Any:
        return f"{type_name} {number}"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        other.settimeout(5)
        yield one, other


def travel(ends: tuple[socket.socket, socket.socket], value: Any) -> Any:
    one, other = ends
    wire.send(one, value, Shelf())
    return wire.receive(other, Shelf())


VALUES = [
    None,
    True,
    "tëxt\n\0",
    0,
    -(2**62),
    2**64 + 1,
    -(2**200),
    1.5,
    float("inf"),
    [],
    (),
    [1, (2, [3.5, None])],
    {"a": {"b": (1,)}, 3: "three"},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_arrive_as_they_were(ends: Any, value: Any) -> None:
    came = travel(ends, value)
    assert came == value and type(came) is type(value)


def test_not_a_number_arrives(ends: Any) -> None:
    assert np.isnan(travel(ends, float("nan")))


ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(24, dtype="int16").reshape(4, 6)[::2, ::3],
    np.array(2.5, dtype="float32"),
    np.zeros((0, 3)),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.arange(3, dtype=">i4"),
    np.broadcast_to(np.arange(3.0), (2, 3)),
    np.arange(3.0)[::-1],
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_arrays_arrive_with_values_type_and_rights(ends: Any, array: Any) -> None:
    came = travel(ends, array)
    assert type(came) is np.ndarray and came.dtype == array.dtype and came.shape == array.shape
    assert np.array_equal(came, array) and came.flags.writeable == array.flags.writeable


def test_the_layout_of_an_array_travels_too(ends: Any) -> None:
    gaps = np.arange(24.0).reshape(4, 6)[::2, ::3]
    came = travel(ends, [gaps, np.asfortranarray(np.ones((2, 3)))])
    assert not came[0].flags.c_contiguous and came[1].flags.f_contiguous and not came[1].flags.c_contiguous


def test_scalars_of_numpy_stay_scalars(ends: Any) -> None:
    came = travel(ends, np.float32(0.25))
    assert type(came) is np.float32 and came == 0.25


@pytest.mark.parametrize("dtype", ["O", "U3", "S2", "M8[s]"])
def test_other_arrays_arrive_empty_of_meaning(ends: Any, dtype: str) -> None:
    came = travel(ends, np.zeros((2, 1), dtype))
    assert came.dtype == np.dtype(dtype) and came.shape == (2, 1)


def test_a_structured_array_is_no_array_of_numbers(ends: Any) -> None:
    assert travel(ends, np.zeros(2, [("a", "f8")])).dtype.kind == "V"


class Liar(list):  # type: ignore[type-arg]
    def __eq__(self, other: object) -> bool:
        return True


NOT_PLAIN = [Liar([1]), {1.5: 2}, {1, 2}, object(), len, b"bytes"]


@pytest.mark.parametrize("value", NOT_PLAIN, ids=lambda value: type(value).__name__)
def test_what_is_not_plain_becomes_a_handle(ends: Any, value: Any) -> None:
    assert travel(ends, value) == f"{type(value).__name__} 0"


def test_a_subclass_of_an_array_arrives_as_an_array(ends: Any) -> None:
    class Odd(np.ndarray):  # type: ignore[type-arg]
        pass

    assert type(travel(ends, np.zeros(2).view(Odd))) is np.ndarray


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (nested(60), "levels"),
        (itself(), "levels"),
        (np.zeros(wire.LARGEST_FRAME // 8 + 1), "MB"),
        (1 << 5000, "bits"),
    ],
    ids=["deep", "itself", "large", "long integer"],
)
def test_too_much_is_not_sent(ends: Any, value: Any, says: str) -> None:
    with pytest.raises(wire.WireError, match=says):
        wire.send(ends[0], value, Shelf())


def frame(header: Any, blob: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<II", len(text), len(text) + len(blob)) + text + blob


FORGED = {
    "lengths that lie": struct.pack("<II", 9, 3) + b"abc",
    "too long": struct.pack("<II", 1, wire.LARGEST_FRAME + 1),
    "no JSON": frame(b"\xff\xfe"),
    "unknown tag": frame(["z", 1]),
    "no tag": frame([]),
    "bare dictionary": frame({"a": 1}),
    "pickle": frame(["a", "|O", [2], [], True], b"\x80\x04N.") [:-1],
    "array without bytes": frame(["a", "<f8", [1000], [1], True]),
    "huge array": frame(["a", "<f8", [10**9], [1], True]),
    "huge strings": frame(["a", "<U9999", [10**6], [], True]),
    "many long strings": frame(["a", "<U9999", [10**4], [], True]),
    "negative shape": frame(["a", "<f8", [-1], [1], True]),
    "shape of text": frame(["a", "<f8", ["2"], [1], True]),
    "dtype with code": frame(["a", "f8,__import__", [1], [1], True], b"12345678"),
    "deep": frame(b"[" * 100_000),
    "levels": frame(json.loads('["l",' * 60 + "1" + "]" * 60)),
    "long integer": frame(["i", "0x" + "f" * 10_000]),
    "integer of words": frame(["i", "seven"]),
    "odd key": frame(["d", [["l"], 1]]),
    "handle of text": frame(["h", "one", "x"]),
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_is_forged_is_refused(ends: Any, forged: bytes) -> None:
    one, other = ends
    one.sendall(forged)
    one.close()
    with pytest.raises((wire.WireError, EOFError)):
        wire.receive(other, Shelf())


def test_steps_that_lie_reach_no_memory_of_others(ends: Any) -> None:
    one, other = ends
    one.sendall(frame(["a", "<f8", [2, 2], [10**9, 1], True], np.arange(4.0).tobytes()))
    came = wire.receive(other, Shelf())
    assert came.tolist() == [[0, 1], [2, 3]] and came.strides == (16, 8)


def test_bytes_that_trickle_in_are_not_waited_for(ends: Any) -> None:
    one, other = ends
    one.sendall(b"\x01\x00")
    with pytest.raises(TimeoutError):
        wire.receive(other, Shelf(), until=0.0)


def test_the_end_of_the_other_side_is_told(ends: Any) -> None:
    ends[0].close()
    with pytest.raises(EOFError):
        wire.receive(ends[1], Shelf())
