"""Right answers to chapter 05 by routes that the author did not take. Each must get full marks."""

import numpy as np

slide = None  # the notebook defines it


def by_hand__arrays():
    return [np.array([3, 4, 2]), np.array([3, 2])]


def by_hand__floats():
    return ([3.0, 4.0, 2.0], (3.0, 2.0))


def by_hand__computed():
    x, w = np.array([[3, 1, 0, 2, 1], [0, 1, 3, 1, 0]]), np.array([[1, 0, -1], [1, 2, 0]])
    y = [int((x[:, i : i + 3] * w).sum()) - 2 for i in range(3)]
    return [y, y[::2]]


def conv1d__windows(x, w, b=None, stride=1):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2], axis=2)[:, :, ::stride]
    y = np.einsum("ncik,fck->nfi", windows, w, dtype=float)
    return y if b is None else y + b[None, :, None]


def conv1d__one_matrix(x, w, b=None, stride=1):
    starts = np.arange(0, x.shape[2] - w.shape[2] + 1, stride)
    columns = x[:, :, starts[:, None] + np.arange(w.shape[2])].transpose(0, 2, 1, 3)
    y = columns.reshape(len(x), len(starts), -1) @ w.reshape(len(w), -1).T
    return (y + (0 if b is None else b)).transpose(0, 2, 1)


def conv1d__lists(x, w, b=None, stride=1):
    result = []
    for series in x.tolist():
        rows = []
        for f, weights in enumerate(w.tolist()):
            row = []
            for start in range(0, len(series[0]) - len(weights[0]) + 1, stride):
                total = 0.0 if b is None else float(b[f])
                for channel, kernel in zip(series, weights):
                    total += sum(v * k for v, k in zip(channel[start:], kernel))
                row.append(total)
            rows.append(row)
        result.append(rows)
    return np.array(result)


def conv1d__fourier(x, w, b=None, stride=1):
    size = x.shape[2] + w.shape[2] - 1
    spectrum = np.einsum("ncl,fcl->nfl", np.fft.rfft(x, size), np.fft.rfft(w[:, :, ::-1], size))
    y = np.fft.irfft(spectrum, size)[:, :, w.shape[2] - 1 : x.shape[2] : stride]
    return y if b is None else y + np.expand_dims(b, 1)


def find_beats__flatnonzero(y, level):
    middle = y[1:-1]
    return list(np.flatnonzero((middle > level) & (middle > y[:-2]) & (middle >= y[2:])) + 1)


def find_beats__tuple(y, level):
    return tuple(
        i for i in range(len(y)) if 0 < i < len(y) - 1 and max(y[i - 1], level) < y[i] and not y[i + 1] > y[i]
    )


def find_beats__signs(y, level):
    rising = np.diff(y) > 0
    turns = np.where(rising[:-1] & ~rising[1:])[0] + 1
    return [int(i) for i in turns if y[i] > level]


def sizes__tuples():
    return (4, 511, (8, 1010), (1, 4))


def sizes__computed():
    return [(10 - 3) // 2 + 1, (1024 - 3) // 2 + 1, [8, 1024 - 15 + 1], [4 - 4 + 1, 4 - 1 + 1]]


def sizes__arrays():
    return [4.0, 511.0, np.array([8, 1010]), np.array([1, 4])]


def conv3d__windows(x, w, stride=(1, 1, 1)):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    windows = windows[:: stride[0], :: stride[1], :: stride[2]]
    return np.einsum("dijeab,eab->dij", windows, w, dtype=float)


def conv3d__shifted_copies(x, w, stride=(1, 1, 1)):
    size = [n - k + 1 for n, k in zip(x.shape, w.shape)]
    y = 0.0
    for place in np.ndindex(*w.shape):
        y = y + w[place] * x[tuple(slice(p, p + n, s) for p, n, s in zip(place, size, stride))].astype(float)
    return y


def conv3d__slice_by_slice(x, w, stride=(1, 1, 1)):
    def flat(picture, k):
        rows, columns = picture.shape[0] - k.shape[0] + 1, picture.shape[1] - k.shape[1] + 1
        return np.array(
            [
                [np.vdot(picture[i : i + len(k), j : j + len(k[0])], k) for j in range(0, columns, stride[2])]
                for i in range(0, rows, stride[1])
            ]
        )

    depths = range(0, len(x) - len(w) + 1, stride[0])
    return np.stack([sum(flat(x[d + e], w[e]) for e in range(len(w))) for d in depths]).astype(float)


def volume__tuples():
    return ((17, 17, 11), 125, (17, 17), 375)


def volume__computed():
    return [[21 - 5 + 1, 21 - 5 + 1, 15 - 5 + 1], 5**3, [21 - 5 + 1] * 2, 5 * 5 * 15]


def volume__arrays():
    return [np.array([17, 17, 11]), 125.0, np.array([17.0, 17.0]), np.int64(375)]


def motion_kernel__roll(down, right, reach=1):
    centre = np.zeros((2 * reach + 1, 2 * reach + 1))
    centre[reach, reach] = 1
    return np.stack([centre, -np.roll(centre, (down, right), axis=(0, 1))])


def motion_kernel__outer(down, right, reach=1):
    places = np.arange(-reach, reach + 1)
    frames = [np.outer(places == i, places == j).astype(float) for i, j in ((0, 0), (down, right))]
    return np.array([frames[0], -frames[1]])


def motion_kernel__whole_numbers(down, right, reach=1):
    side = 2 * reach + 1
    w = np.zeros(2 * side * side, dtype=int)
    w[reach * side + reach] += 1
    w[side * side + (reach + down) * side + reach + right] -= 1
    return w.reshape(2, side, side)


def motion_scores__comprehension(film, blocks):
    return np.array([np.square(slide(film, w)).mean() for w in blocks])


def motion_scores__windows(film, blocks):
    windows = np.lib.stride_tricks.sliding_window_view(film, blocks.shape[1:])
    answers = np.einsum("tijeab,seab->stij", windows, blocks, dtype=float)
    return (answers**2).mean(axis=(1, 2, 3))


def motion_scores__norm(film, blocks):
    answers = [slide(film, w) for w in blocks]
    return np.array([np.vdot(y, y) / y.size for y in answers])


def is_separable__strength_to_the_row(k):
    u, s, vt = np.linalg.svd(k, full_matrices=False)
    return None if len(s) > 1 and s[1] > 1e-6 * s[0] else (u[:, 0], s[0] * vt[0])


def is_separable__rank(k):
    if np.linalg.matrix_rank(np.asarray(k, float), rtol=1e-6) > 1:
        return None
    row = k[np.argmax(np.abs(k).sum(axis=1))].astype(float)
    return [k @ row / (row @ row), row]


def is_separable__largest_entry(k):
    p, q = np.unravel_index(np.argmax(np.abs(k)), k.shape)
    column, row = k[:, q] / k[p, q], np.array(k[p], dtype=float)
    rest = np.abs(column[:, None] * row - k).max()
    return (-column, -row) if rest <= 1e-6 * np.abs(k).max() else None


def is_separable__last_entry_that_is_not_zero(k):
    if np.sum(np.linalg.svd(k)[1] > 1e-6 * np.linalg.norm(k)) > 1:
        return None
    p, q = np.argwhere(k)[-1]
    return k[:, q], k[p] / k[p, q]


def separable_conv2d__matrices(x, column, row):
    H, W = x.shape
    down = sum(np.eye(H - len(column) + 1, H, a) * c for a, c in enumerate(column))
    across = sum(np.eye(W, W - len(row) + 1, -b) * r for b, r in enumerate(row))
    return down @ x @ across


def separable_conv2d__row_first(x, column, row):
    windows = np.lib.stride_tricks.sliding_window_view
    return windows(windows(x, len(row), axis=1) @ row, len(column), axis=0) @ column.astype(float)


def separable_conv2d__apply(x, column, row):
    between = np.apply_along_axis(np.correlate, 0, x.astype(float), column.astype(float), "valid")
    return np.apply_along_axis(np.convolve, 1, between, row[::-1], "valid")


def separable_conv2d__loops(x, column, row):
    H, W = x.shape
    between = np.zeros((H - len(column) + 1, W))
    for i in range(len(between)):
        for j in range(W):
            between[i, j] = x[i : i + len(column), j] @ column
    y = np.zeros((len(between), W - len(row) + 1))
    for i, j in np.ndindex(*y.shape):
        y[i, j] = between[i, j : j + len(row)] @ row
    return y


def per_output__tuple():
    return (9, 7.5, 6.06, 6)


def per_output__array():
    return np.array([9, 7.5, 6.06, 6])


def per_output__computed():
    return [144 / 16, 120 / 16, (100 * 102 * 3 + 100 * 100 * 3) / 100**2, 2 * 3]


def depthwise_conv2d__windows(x, w, stride=(1, 1)):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[1:], axis=(2, 3))
    return np.einsum("ncijab,cab->ncij", windows[:, :, :: stride[0], :: stride[1]], w, dtype=float)


def depthwise_conv2d__shifted_copies(x, w, stride=(1, 1)):
    rows, columns = x.shape[2] - w.shape[1] + 1, x.shape[3] - w.shape[2] + 1
    y = 0.0
    for a in range(w.shape[1]):
        for b in range(w.shape[2]):
            part = x[:, :, a : a + rows : stride[0], b : b + columns : stride[1]]
            y = y + part.astype(float) * w[:, a, b][:, None, None]
    return y


def depthwise_conv2d__channel_by_channel(x, w, stride=(1, 1)):
    def one(picture, k):
        rows = range(0, picture.shape[0] - len(k) + 1, stride[0])
        columns = range(0, picture.shape[1] - len(k[0]) + 1, stride[1])
        return [
            [float((picture[i : i + len(k), j : j + len(k[0])] * k).sum()) for j in columns] for i in rows
        ]

    return np.array([[one(picture, k) for picture, k in zip(image, w)] for image in x])


def pointwise__einsum(x, w):
    return np.einsum("fc,nchw->nfhw", w, x)


def pointwise__tensordot(x, w):
    return np.moveaxis(np.tensordot(x, w, axes=(1, 1)), -1, 1)


def pointwise__loops(x, w):
    N, C, H, W = x.shape
    y = np.zeros((N, len(w), H, W))
    for f in range(len(w)):
        for c in range(C):
            y[:, f] += w[f, c] * x[:, c]
    return y


def layer_costs__tuple():
    return (1944, 243, 69984, 8748, 8.0)


def layer_costs__array():
    return np.array([1944.0, 243.0, 69984.0, 8748.0, 8.0])


def layer_costs__computed():
    a, b = 72 * 27, 27 + 72 * 3
    return [a, b, a * 36, b * 36, a * 36 / (b * 36)]


def mult_count__places_times_products(kind, H, W, KH, KW, channels=1, filters=1):
    places = (H - KH + 1) * (W - KW + 1)
    per_place = {
        "full": channels * filters * KH * KW,
        "separable": channels * filters * KW,
        "depthwise": channels * (KH * KW + filters),
    }[kind]
    extra = channels * filters * KH * (H - KH + 1) * W if kind == "separable" else 0
    return places * per_place + extra


def mult_count__by_counting(kind, H, W, KH, KW, channels=1, filters=1):
    count = 0
    for _ in range(H - KH + 1):
        for j in range(W):
            inside = j <= W - KW
            if kind == "full":
                count += inside * filters * channels * KH * KW
            elif kind == "separable":
                count += filters * channels * (KH + inside * KW)
            else:
                count += inside * channels * (KH * KW + filters)
    return count


def mult_count__numpy(kind, H, W, KH, KW, channels=1, filters=1):
    rows, columns = H - KH + 1, W - KW + 1
    passes = {
        "full": [(filters, channels, KH, KW, rows, columns)],
        "separable": [(filters, channels, KH, rows, W), (filters, channels, KW, rows, columns)],
        "depthwise": [(channels, KH, KW, rows, columns), (filters, channels, rows, columns)],
    }
    return sum(np.prod(one) for one in passes[kind])


def equivalent_kernel__einsum(depth, point):
    return np.einsum("fc,cab->fcab", point, depth)


def equivalent_kernel__loops(depth, point):
    w = np.zeros((len(point), *depth.shape))
    for f in range(len(point)):
        for c in range(len(depth)):
            w[f, c] = depth[c] * point[f, c]
    return w


def equivalent_kernel__stack(depth, point):
    return np.stack([depth * row.reshape(-1, 1, 1) for row in point])


def mended_separable_conv2d__vector_first_pass(x, column, row):
    rows, columns = x.shape[0] - len(column) + 1, x.shape[1] - len(row) + 1
    between = np.array([column @ x[i : i + len(column)] for i in range(rows)], dtype=float)
    return np.array(
        [[np.sum(between[i, j : j + len(row)] * row) for j in range(columns)] for i in range(rows)]
    )


def mended_separable_conv2d__exact_between(x, column, row):
    between = np.zeros((x.shape[0] - len(column) + 1, x.shape[1]))
    for (i, j), _ in np.ndenumerate(between):
        between[i, j] = np.dot(x[i : i + len(column), j], column)
    y = np.zeros((len(between), x.shape[1] - len(row) + 1))
    for (i, j), _ in np.ndenumerate(y):
        y[i, j] = np.dot(between[i, j : j + len(row)], row)
    return y


def mended_separable_conv2d__all_at_once(x, column, row):
    windows = np.lib.stride_tricks.sliding_window_view(x, (len(column), len(row)))
    return np.einsum("ijab,a,b->ij", windows.astype(float), column, row)


def quiz__capitals():
    return {"q1": "B", "q2": "C", "q3": "D", "q4": "B", "q5": "B"}


def quiz__spaces():
    return {"q1": " b", "q2": "c ", "q3": "(d)", "q4": "b", "q5": "b."}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "bcdbb"))
