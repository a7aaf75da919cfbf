"""Right answers to chapter 00 by routes that the author did not take. Each must pass."""

import numpy as np


def double__sum(x):
    return x + x


def double__shift(x):
    return np.array([2 * float(value) for value in x.ravel()]).reshape(x.shape)


def double__multiply(x):
    return np.multiply(x, 2.0)


def channel_means__einsum(x):
    return np.einsum("nchw->c", x.astype(float)) / (x.size // x.shape[1])


def channel_means__loop(x):
    return np.array([np.mean(x[:, c]) for c in range(x.shape[1])])


def channel_means__moved(x):
    return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1).mean(axis=1)


def channel_means__twice(x):
    return x.mean(axis=(2, 3)).mean(axis=0)


def by_hand__tuples():
    return ((4, 5), (4, 5), (2, 3, 4, 5))


def by_hand__computed():
    return [
        list(np.broadcast_shapes(a, b))
        for a, b in (((4, 5), (5,)), ((4, 1), (1, 5)), ((2, 3, 4, 5), (3, 1, 1)))
    ]


def by_hand__arrays():
    return [np.array([4, 5]), np.array([4, 5]), np.array([2, 3, 4, 5])]


def add_bias__reshape(x, b):
    return x + b.reshape(1, -1, 1, 1)


def add_bias__loop(x, b):
    y = x.astype(float)
    for c in range(x.shape[1]):
        y[:, c] += b[c]
    return y


def add_bias__moved(x, b):
    return np.moveaxis(np.moveaxis(x, 1, -1) + b, -1, 1)


def mended_brighter__copy(x, amount):
    y = x.copy()
    y += amount
    return y


def mended_brighter__add(x, amount):
    return np.add(x, amount)


def mended_brighter__loops(x, amount):
    return np.array([[float(pixel) + amount for pixel in row] for row in x])


def quiz__capitals():
    return {"q1": "A", "q2": "C", "q3": "B", "q4": "C", "q5": "C"}


def quiz__spaces():
    return {"q1": "a ", "q2": " c", "q3": "b", "q4": "c", "q5": "c"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "acbcc"))
