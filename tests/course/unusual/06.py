"""Right answers to chapter 06 by routes that the author did not take. Each must get full marks."""

import numpy as np

pool_map = size = stack = moved = picture = None  # the notebook defines them


def max_pool_blocks__reshape(x, k):
    H, W = x.shape[0] // k, x.shape[1] // k
    return x[: H * k, : W * k].reshape(H, k, W, k).max(axis=(1, 3))


def max_pool_blocks__lists(x, k):
    rows = [x.tolist()[i : i + k] for i in range(0, len(x) - k + 1, k)]
    return np.array(
        [
            [max(v for row in block for v in row[j : j + k]) for j in range(0, x.shape[1] - k + 1, k)]
            for block in rows
        ]
    )


def max_pool_blocks__slices(x, k):
    H, W = (n // k * k for n in x.shape)
    return np.max([x[a:H:k, b:W:k] for a in range(k) for b in range(k)], axis=0)


def max_pool_map__windows(x, k, stride):
    return np.lib.stride_tricks.sliding_window_view(x, k)[:: stride[0], :: stride[1]].max(axis=(2, 3))


def max_pool_map__two_passes(x, k, stride):
    rows = np.array([x[i : i + k[0]].max(axis=0) for i in range(0, x.shape[0] - k[0] + 1, stride[0])])
    return np.array([rows[:, j : j + k[1]].max(axis=1) for j in range(0, x.shape[1] - k[1] + 1, stride[1])]).T


def max_pool_map__comparing(x, k, stride):
    y = None
    H, W = (x.shape[axis] - k[axis] + 1 for axis in (0, 1))
    for a, b in np.ndindex(*k):
        part = x[a : a + H : stride[0], b : b + W : stride[1]]
        y = part.copy() if y is None else np.where(part > y, part, y)
    return y


def by_hand__arrays():
    return np.array([[-1, 5], [9, 2]]), np.array([[-3.5, 0], [-2.5, -3]])


def by_hand__computed():
    x = np.array([[-3, -1, -2, 5, 0], [-5, -4, -6, 1, 2], [9, -2, -7, -7, -1]])
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 3))[:, ::2]
    return [windows.max(axis=(2, 3)), windows.mean(axis=(2, 3))]


def by_hand__floats():
    return [[[-1.0, 5.0], [9.0, 2.0]], ((-3.5, 0.0), (-2.5, -3.0))]


def max_pool2d__each_map(x, k, stride):
    return np.array([[pool_map(channel, k, stride) for channel in picture] for picture in x])


def max_pool2d__windows(x, k, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, k, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]].max(axis=(-1, -2))


def max_pool2d__sorted(x, k, stride):
    rows, columns = ((x.shape[2 + axis] - k[axis]) // stride[axis] + 1 for axis in (0, 1))
    y = np.empty((*x.shape[:2], rows, columns))
    for n, c, i, j in np.ndindex(*y.shape):
        top, left = i * stride[0], j * stride[1]
        y[n, c, i, j] = np.sort(x[n, c, top : top + k[0], left : left + k[1]], axis=None)[-1]
    return y


def avg_pool2d__einsum(x, k, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, k, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    return np.einsum("ncijab->ncij", windows.astype(float)) / (k[0] * k[1])


def avg_pool2d__sums_of_sums(x, k, stride):
    table = np.zeros((*x.shape[:2], x.shape[2] + 1, x.shape[3] + 1))
    table[:, :, 1:, 1:] = x.astype(float).cumsum(axis=2).cumsum(axis=3)
    (KH, KW), (s, t) = k, stride
    whole = table[:, :, KH:, KW:] - table[:, :, :-KH, KW:] - table[:, :, KH:, :-KW] + table[:, :, :-KH, :-KW]
    return whole[:, :, ::s, ::t] / (KH * KW)


def avg_pool2d__matrices(x, k, stride):
    def means(n, width, step):
        rows = (n - width) // step + 1
        return np.array([np.eye(n)[i * step : i * step + width].mean(axis=0) for i in range(rows)])

    return means(x.shape[2], k[0], stride[0]) @ x @ means(x.shape[3], k[1], stride[1]).T


def avg_pool_as_conv__eye(k, c):
    return np.eye(c)[:, :, None, None] * np.full(k, 1 / np.prod(k))


def avg_pool_as_conv__einsum(k, c):
    return np.einsum("fc,a,b->fcab", np.identity(c), np.full(k[0], 1 / k[0]), np.full(k[1], 1 / k[1]))


def avg_pool_as_conv__lists(k, c):
    return np.array(
        [
            [[[float(f == channel) / (k[0] * k[1])] * k[1] for _ in range(k[0])] for channel in range(c)]
            for f in range(c)
        ]
    )


def pooled_size__counting(n, k, s, p=0, ceil_mode=False):
    if ceil_mode:
        return sum(1 for start in range(-p, n, s) if start + k - s < n + p)
    return sum(1 for start in range(-p, n, s) if start + k <= n + p)


def pooled_size__math_ceil(n, k, s, p=0, ceil_mode=False):
    import math

    places = (math.ceil if ceil_mode else math.floor)((n + 2 * p - k) / s) + 1
    while (places - 1) * s - p >= n:
        places -= 1
    return places


def pooled_size__numpy_integer(n, k, s, p=0, ceil_mode=False):
    room = np.int64(n + 2 * p - k)
    up = room // s + 1 + (ceil_mode and room % s > 0)
    return min(up, -(-(n + p) // s)) if ceil_mode else up


def sizes__tuple():
    return (27, 13, 6, 26, 27, 56, 7, 8, 8, 5)


def sizes__computed():
    def pool(n, k=3, s=2, p=0):
        return (n + 2 * p - k) // s + 1

    a = pool(55)
    b = pool(a)
    return [
        a,
        b,
        pool(b),
        pool(54),
        -(-(54 - 3) // 2) + 1,
        pool(112, p=1),
        224 // 2**5,
        17 // 2,
        17 // 2,
        11 // 2,
    ]


def sizes__array():
    return np.array([27, 13, 6, 26, 27, 56, 7, 8, 8, 5])


def max_pool2d_padded__minus_infinity(x, k, stride, padding, ceil_mode=False):
    rows, columns = (
        size(n, *rest, ceil_mode) for n, *rest in zip(x.shape[2:], k, stride, padding, strict=True)
    )
    ends = [(p, p + s + w) for p, s, w in zip(padding, stride, k, strict=True)]
    wide = np.pad(x.astype(float), [(0, 0), (0, 0), *ends], constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(wide, k, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    return windows[:, :, :rows, :columns].max(axis=(4, 5))


def max_pool2d_padded__pixels(x, k, stride, padding, ceil_mode=False):
    shape = [size(x.shape[2 + a], k[a], stride[a], padding[a], ceil_mode) for a in (0, 1)]
    y = np.full((*x.shape[:2], *shape), -np.inf)
    for i, j, a, b in np.ndindex(*shape, *k):
        row, column = i * stride[0] - padding[0] + a, j * stride[1] - padding[1] + b
        if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
            y[:, :, i, j] = np.maximum(y[:, :, i, j], x[:, :, row, column])
    return y


def max_pool2d_padded__two_passes(x, k, stride, padding, ceil_mode=False):
    def along(x, axis, k, s, p):
        x = np.moveaxis(x, axis, 0)
        windows = [x[max(i * s - p, 0) : i * s - p + k] for i in range(size(len(x), k, s, p, ceil_mode))]
        return np.moveaxis(np.array([window.max(axis=0) for window in windows]), 0, axis)

    y = along(x, 2, k[0], stride[0], padding[0])
    return along(y, 3, k[1], stride[1], padding[1])


def global_avg_pool__reshape(x):
    return x.reshape(*x.shape[:2], -1).mean(axis=-1)


def global_avg_pool__einsum(x):
    return np.einsum("ncij->nc", x.astype(float)) / (x.shape[2] * x.shape[3])


def global_avg_pool__rows_then_columns(x):
    return np.array(
        [[sum(row.mean() for row in channel) / len(channel) for channel in picture] for picture in x]
    )


def head_weights__tuple():
    return (2592, 1296000, 1296500, 72, 0, 36000, 720)


def head_weights__computed():
    flat = 6 * 6 * 72
    return [flat, flat * 500, (flat + 1) * 500, 72, 0, 72 * 500, 72 * 10]


def head_weights__floats():
    return [2592.0, 1.296e6, 1.2965e6, 72.0, 0.0, 36e3, 720.0]


def pool_params__tuple():
    return (0, 2400, 2400, 1105920, 192000)


def pool_params__computed():
    kernel = 5 * 5 * 6 * 16
    return [0, kernel, kernel, (28 - 4) ** 2 * 16 * 120, (14 - 4) ** 2 * 16 * 120]


def pool_params__array():
    return np.array([0, 2400, 2400, 1105920, 192000])


def peaks__sliding_windows(x, k, least):
    h = k // 2
    wide = np.concatenate([np.full(h, -np.inf), x, np.full(h, -np.inf)])
    highest = np.lib.stride_tricks.sliding_window_view(wide, k).max(axis=1)
    return list(np.flatnonzero((x == highest) & (x >= least)))


def peaks__tuple(x, k, least):
    h = (k - 1) // 2
    return tuple(
        i for i, v in enumerate(x) if v >= least and all(v >= u for u in x[max(0, i - h) : i + k - h])
    )


def peaks__shifting(x, k, least):
    highest = x.astype(float).copy()
    for d in range(1, k // 2 + 1):
        highest[d:] = np.maximum(highest[d:], x[:-d])
        highest[:-d] = np.maximum(highest[:-d], x[d:])
    return [int(i) for i in np.nonzero(np.logical_and(x >= highest, x >= least))[0]]


def exact_shifts__by_hand():
    return [False, False, False, True, False, False, False, True, False, False, False, True]


def exact_shifts__array():
    return np.arange(1, 13) % 4 == 0


def exact_shifts__columns():
    def found(d):
        return any(
            np.allclose(stack(moved(picture, d)), np.roll(stack(picture), m, axis=-1)) for m in range(6)
        )

    return tuple(map(found, range(1, 13)))


def feature_change__axes(before, after):
    axes = tuple(range(1, before.ndim))
    return np.sqrt(((after - before) ** 2).sum(axis=axes) / (before**2).sum(axis=axes))


def feature_change__loop(before, after):
    return np.array([np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)])


def feature_change__einsum(before, after):
    a, d = before.reshape(len(before), -1), (before - after).reshape(len(before), -1)
    return np.sqrt(np.einsum("ni,ni->n", d, d) / np.einsum("ni,ni->n", a, a))


def mended_max_pool__first_of_the_window(x, k, stride):
    (H, W), (KH, KW), (s, t) = x.shape, k, stride
    y = np.zeros(((H - KH) // s + 1, (W - KW) // t + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = x[i * s, j * t]
            for a in range(KH):
                for b in range(KW):
                    y[i, j] = max(y[i, j], x[i * s + a, j * t + b])
    return y


def mended_max_pool__slice(x, k, stride):
    return np.array(
        [
            [x[i : i + k[0], j : j + k[1]].max() for j in range(0, x.shape[1] - k[1] + 1, stride[1])]
            for i in range(0, x.shape[0] - k[0] + 1, stride[0])
        ]
    )


def mended_max_pool__finfo(x, k, stride):
    (H, W), (KH, KW), (s, t) = x.shape, k, stride
    y = np.full(((H - KH) // s + 1, (W - KW) // t + 1), np.finfo(float).min)
    for i, j, a, b in np.ndindex(*y.shape, KH, KW):
        y[i, j] = max(y[i, j], x[i * s + a, j * t + b])
    return y


def quiz__capitals():
    return {"q1": "C", "q2": "A", "q3": "B", "q4": "D", "q5": "A"}


def quiz__brackets():
    return {"q1": "(c)", "q2": "a ", "q3": " b", "q4": "d.", "q5": "a"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "cabda", strict=True))
