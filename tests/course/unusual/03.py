"""Right answers to chapter 03 by routes that the author did not take. Each must get full marks."""

import numpy as np

zero_pad = None  # the notebook defines it


def unread_pixels__counting(n, k, s):
    count = np.zeros(n, dtype=int)
    for start in range(0, n - k + 1, s):
        count[start : start + k] += 1
    return list(np.flatnonzero(count == 0))


def unread_pixels__tuple(n, k, s):
    last = (n - k) // s * s + k - 1
    return tuple(i for i in range(n) if i > last or i % s >= k)


def unread_pixels__sets(n, k, s):
    return sorted(set(range(n)) - set().union(*(range(i, i + k) for i in range(0, n - k + 1, s))))


def by_hand__arrays():
    return [np.array([0, 3, 8, 4]), np.array([[0, 8], [6, 8]])]


def by_hand__floats():
    return [[0.0, 3.0, 8.0, 4.0], [[0.0, 8.0], [6.0, 8.0]]]


def by_hand__computed():
    x, k = np.pad(np.arange(9).reshape(3, 3), 1), np.arange(4).reshape(2, 2)
    y = np.array([[(x[i : i + 2, j : j + 2] * k).sum() for j in range(4)] for i in range(4)])
    return (y[0], y[::3, ::2])


def zero_pad2d__stack(x, p):
    H, W = x.shape
    wide = np.hstack([np.zeros((H, p[1])), x, np.zeros((H, p[1]))])
    frame = np.zeros((p[0], W + 2 * p[1]))
    return np.vstack([frame, wide, frame])


def zero_pad2d__matrices(x, p):
    H, W = x.shape
    return np.eye(H + 2 * p[0], H, -p[0]) @ x @ np.eye(W, W + 2 * p[1], p[1])


def zero_pad2d__loops(x, p):
    out = [[0.0] * (x.shape[1] + 2 * p[1]) for _ in range(x.shape[0] + 2 * p[0])]
    for i, row in enumerate(x.tolist()):
        for j, pixel in enumerate(row):
            out[i + p[0]][j + p[1]] = pixel
    return np.array(out, dtype=float)


def pad2d__loops(x, p, mode="zeros"):
    H, W = x.shape
    y = np.zeros((H + 2 * p[0], W + 2 * p[1]))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            r, c = i - p[0], j - p[1]
            if mode == "replicate":
                r, c = min(max(r, 0), H - 1), min(max(c, 0), W - 1)
            elif mode == "reflect":
                r, c = -r if r < 0 else r, -c if c < 0 else c
                r, c = 2 * H - 2 - r if r >= H else r, 2 * W - 2 - c if c >= W else c
            elif not (0 <= r < H and 0 <= c < W):
                continue
            y[i, j] = x[r, c]
    return y


def pad2d__take(x, p, mode="zeros"):
    if mode == "zeros":
        return zero_pad(x, p)
    for axis in (0, 1):
        n = x.shape[axis]
        i = np.arange(-p[axis], n + p[axis])
        i = np.clip(i, 0, n - 1) if mode == "replicate" else np.minimum(abs(i), 2 * (n - 1) - abs(i))
        x = np.take(x, i, axis)
    return x


def pad2d__slices(x, p, mode="zeros"):
    y = zero_pad(x, p)
    H, W = x.shape
    if mode == "replicate":
        y[: p[0]], y[p[0] + H :] = y[p[0]], y[p[0] + H - 1]
        y[:, : p[1]], y[:, p[1] + W :] = y[:, [p[1]]], y[:, [p[1] + W - 1]]
    if mode == "reflect":
        for i in range(1, p[0] + 1):
            y[p[0] - i], y[p[0] + H - 1 + i] = y[p[0] + i], y[p[0] + H - 1 - i]
        for j in range(1, p[1] + 1):
            y[:, p[1] - j], y[:, p[1] + W - 1 + j] = y[:, p[1] + j], y[:, p[1] + W - 1 - j]
    return y


def out_size__counting(n, k, s=1, p=0, d=1):
    return len(range(0, n + 2 * p - (k - 1) * d, s))


def out_size__numpy_integer(n, k, s=1, p=0, d=1):
    return np.floor_divide(n + 2 * p - d * (k - 1) - 1 + s, s)


def out_size__floor(n, k, s=1, p=0, d=1):
    return int(np.floor((n + 2 * p - d * (k - 1) - 1) / s + 1))


def chain__tuple():
    return (21, 14, 55, 54, 55)


def chain__array():
    return np.array([21, 14, 55, 54, 55])


def chain__computed():
    return [(52 - 12) // 2 + 1, 21 - 8 + 1, (227 - 11) // 4 + 1, (224 - 11) // 4 + 1, (228 - 11) // 4 + 1]


def inputs_giving__search(m, k, s, p):
    return [n for n in range(1, m * s + k + 1) if n + 2 * p >= k and (n + 2 * p - k) // s + 1 == m]


def inputs_giving__tuple(m, k, s, p):
    sizes = (m * s - s + k - 2 * p + extra for extra in range(s))
    return tuple(n for n in sizes if n > 0)


def inputs_giving__numpy(m, k, s, p):
    sizes = np.arange(s) + (m - 1) * s + k - 2 * p
    return list(sizes[sizes >= 1])


def same_padding__list(n, k, s, d=1):
    rest = n % s or s
    total = max(d * (k - 1) + 1 - rest, 0)
    return [total // 2, (total + 1) // 2]


def same_padding__ceil(n, k, s, d=1):
    total = max(0, (int(np.ceil(n / s)) - 1) * s + d * (k - 1) + 1 - n)
    before = int(total / 2)
    return before, total - before


def same_padding__search(n, k, s, d=1):
    total = 0
    while (n + total - d * (k - 1) - 1) // s + 1 < (n + s - 1) // s:
        total += 1
    return np.int64(total // 2), np.int64(total - total // 2)


def correlate2d_stride__slice(x, k, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)[:: stride[0], :: stride[1]]
    return np.einsum("ijab,ab->ij", windows.astype(float), k)


def correlate2d_stride__shifted_copies(x, k, stride):
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    taps = np.ndindex(*k.shape)
    return sum(
        k[a, b] * x[a : a + rows : stride[0], b : b + columns : stride[1]].astype(float) for a, b in taps
    )


def correlate2d_stride__lists(x, k, stride):
    return np.array(
        [
            [
                float((x[i : i + k.shape[0], j : j + k.shape[1]] * k).sum())
                for j in range(0, x.shape[1] - k.shape[1] + 1, stride[1])
            ]
            for i in range(0, x.shape[0] - k.shape[0] + 1, stride[0])
        ]
    )


def correlate2d__spread_kernel(x, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    wide = np.zeros([d * (n - 1) + 1 for d, n in zip(dilation, k.shape)])
    wide[:: dilation[0], :: dilation[1]] = k
    windows = np.lib.stride_tricks.sliding_window_view(zero_pad(x, padding), wide.shape)
    return np.einsum("ijab,ab->ij", windows[:: stride[0], :: stride[1]].astype(float), wide)


def correlate2d__fourier(x, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    wide = np.zeros([d * (n - 1) + 1 for d, n in zip(dilation, k.shape)])
    wide[:: dilation[0], :: dilation[1]] = k
    x = zero_pad(x, padding)
    size = [a + b - 1 for a, b in zip(x.shape, wide.shape)]
    full = np.fft.irfft2(np.fft.rfft2(x, size) * np.fft.rfft2(wide[::-1, ::-1], size), size)
    valid = full[wide.shape[0] - 1 : x.shape[0], wide.shape[1] - 1 : x.shape[1]]
    return valid[:: stride[0], :: stride[1]]


def correlate2d__no_padding_array(x, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    starts = [
        range(
            -padding[axis], x.shape[axis] + padding[axis] - dilation[axis] * (k.shape[axis] - 1), stride[axis]
        )
        for axis in (0, 1)
    ]
    y = np.zeros([len(start) for start in starts])
    for u, i in enumerate(starts[0]):
        for v, j in enumerate(starts[1]):
            for a, b in np.ndindex(*k.shape):
                r, c = i + a * dilation[0], j + b * dilation[1]
                if 0 <= r < x.shape[0] and 0 <= c < x.shape[1]:
                    y[u, v] += x[r, c] * k[a, b]
    return y


def mended_correlate2d__slice(x, k, stride, padding):
    windows = np.lib.stride_tricks.sliding_window_view(zero_pad(x, padding), k.shape)
    return np.tensordot(windows[:: stride[0], :: stride[1]].astype(float), k, 2)


def mended_correlate2d__positions(x, k, stride, padding):
    x = zero_pad(x, padding)
    rows = np.arange(0, x.shape[0] - k.shape[0] + 1, stride[0])
    columns = np.arange(0, x.shape[1] - k.shape[1] + 1, stride[1])
    return np.array([[np.vdot(x[i : i + k.shape[0], j : j + k.shape[1]], k) for j in columns] for i in rows])


def mended_correlate2d__all_then_choose(x, k, stride, padding):
    x = zero_pad(x, padding)
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    dense = np.array(
        [[np.sum(x[i : i + k.shape[0], j : j + k.shape[1]] * k) for j in range(columns)] for i in range(rows)]
    )
    return dense[:: stride[0], :: stride[1]]


def quiz__capitals():
    return {"q1": "B", "q2": "C", "q3": "B", "q4": "C", "q5": "C"}


def quiz__spaces():
    return {"q1": " b", "q2": "c ", "q3": "b", "q4": "c", "q5": "c"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "bcbcc"))
