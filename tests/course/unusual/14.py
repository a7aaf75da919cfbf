"""Right answers to chapter 14 by routes that the author did not take. Each must get full marks."""

import numpy as np

METHODS = {}  # these six names are the notebook's
score = score_gradient = library_similarity = gram_of = gram_gradient = build = None


def class_gradient__matrices(x, w, v, k):
    pixels = x.reshape(len(x), -1).astype(float)
    is_open = (w @ pixels) > 0
    return (w.T @ (v[k][:, None] * is_open) / pixels.shape[1]).reshape(x.shape)


def class_gradient__pixel_by_pixel(x, w, v, k):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(x.shape[1:]):
        for f in range(len(w)):
            if w[f] @ x[:, i, j] > 0:
                dx[:, i, j] += v[k, f] * w[f]
    return dx / (x.shape[1] * x.shape[2])


def class_gradient__one_row_at_a_time(x, w, v, k):
    z = np.tensordot(w, x, axes=1)
    dz = np.where(z > 0, v[k, :, None, None], 0) / (z.shape[1] * z.shape[2])
    return np.tensordot(w, dz, axes=(0, 0))


def saliency__both_ends(dx):
    return np.maximum(dx.max(axis=1), -dx.min(axis=1))


def saliency__root_of_squares(dx):
    return np.sqrt(np.max(np.square(dx.astype(float)), axis=1))


def saliency__loops(dx):
    maps = []
    for picture in dx:
        rows = zip(*[channel.tolist() for channel in picture])
        maps.append([[max(abs(value) for value in place) for place in zip(*row)] for row in rows])
    return np.array(maps, dtype=float)


def grad_cam__einsum(a, da):
    return np.einsum("c,chw->hw", np.einsum("chw->c", da) / da[0].size, a).clip(0)


def grad_cam__rows(a, da):
    rows = a.reshape(len(a), -1)
    heat = da.reshape(len(da), -1).mean(axis=1) @ rows
    return np.where(heat > 0, heat, 0.0).reshape(a.shape[1:])


def grad_cam__map_by_map(a, da):
    heat = np.zeros(a.shape[1:])
    for one, gradient in zip(a, da):
        heat += gradient.mean() * one
    heat[heat < 0] = 0
    return heat


def occlusion_map__mask(x, w, size, stride):
    H, W = x.shape[1:]
    tops, lefts = np.arange(0, H - size + 1, stride), np.arange(0, W - size + 1, stride)
    i, j = np.arange(H)[:, None], np.arange(W)
    fall = np.empty((len(tops), len(lefts)))
    for a, top in enumerate(tops):
        for b, left in enumerate(lefts):
            inside = (top <= i) & (i < top + size) & (left <= j) & (j < left + size)
            fall[a, b] = score(x, w) - score(np.where(inside, 0, x), w)
    return fall


def occlusion_map__put_back(x, w, size, stride):
    H, W = x.shape[1:]
    before, y, fall = score(x, w), np.array(x), []
    for top in range(0, H - size + 1, stride):
        fall.append([])
        for left in range(0, W - size + 1, stride):
            y[:, top : top + size, left : left + size] = 0
            fall[-1].append(before - score(y, w))
            y[...] = x
    return np.array(fall)


def occlusion_map__window_sums(x, w, size, stride):
    parts = np.lib.stride_tricks.sliding_window_view(w * x, (size, size), axis=(1, 2))
    lost = parts[:, ::stride, ::stride].sum(axis=(3, 4), dtype=float)
    whole = (w * x).sum(axis=(1, 2), dtype=float)[:, None, None]
    return (np.maximum(whole, 0) - np.maximum(whole - lost, 0)).sum(axis=0)


def similarity__standardised(a, b):
    if a.std() == 0 or b.std() == 0:
        return 0
    return np.mean((a - a.mean()) / a.std() * (b - b.mean()) / b.std())


def similarity__cosine(a, b):
    a, b = (np.ravel(one).astype(float) for one in (a, b))
    a, b = a - np.average(a), b - np.average(b)
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-300))


def similarity__python(a, b):
    a, b = a.ravel().tolist(), b.ravel().tolist()
    p, q = ([value - sum(one) / len(one) for value in one] for one in (a, b))
    if not any(p) or not any(q):
        return 0.0
    sums = [sum(s * t for s, t in zip(u, v)) for u, v in ((p, q), (p, p), (q, q))]
    return sums[0] / (sums[1] ** 0.5 * sums[2] ** 0.5)


def sanity__computed():
    numbers = []
    for maps in METHODS.values():
        numbers.append(round(library_similarity(maps["trained"], maps["random"]), 2))
    return numbers, "B"


def sanity__array():
    return [np.array([0.97, 0.01, -0.97]), "(b)"]


def sanity__tuple():
    return (0.97, 0.01, -0.97), "b"


def ascent_step__small_number(x, dx, lr, low, high):
    return np.clip(x + lr * dx / (np.sqrt(np.mean(np.square(dx))) + 1e-12), low, high)


def ascent_step__norm(x, dx, lr, low, high):
    length = np.linalg.norm(dx)
    if not length:
        return np.minimum(np.maximum(x, low), high) * 1.0
    return np.minimum(high, np.maximum(low, x + lr * dx * dx.size**0.5 / length))


def ascent_step__where(x, dx, lr, low, high):
    rms = np.mean(dx.astype(float) ** 2) ** 0.5
    moved = x + (lr / rms if rms > 0 else 0.0) * dx
    moved = np.where(moved < low, low, moved)
    return np.where(moved > high, high, moved)


def mended_jitter__two_rolls(x, w, down, right, lr):
    moved = np.roll(np.roll(x, down, axis=1), right, axis=2)
    dx = score_gradient(moved, w)
    return x + lr * np.roll(np.roll(dx, -right, axis=2), -down, axis=1)


def mended_jitter__all_of_it_back(x, w, down, right, lr):
    moved = np.roll(x, (down, right), axis=(-2, -1))
    return np.roll(moved + lr * score_gradient(moved, w), (-down, -right), axis=(-2, -1))


def mended_jitter__indices(x, w, down, right, lr):
    H, W = x.shape[1:]
    i, j = (np.arange(H)[:, None] + down) % H, (np.arange(W) + right) % W
    moved = np.empty_like(x)
    moved[:, i, j] = x
    return x + lr * score_gradient(moved, w)[:, i, j]


def gram_by_hand__computed():
    f = np.array([[1.0, 2, 0, 1], [2, 0, 3, -1]])
    other = np.array([[1.0, 2, 0, 1], [0, 2, -1, 3]])
    return [f @ f.T / 8, (f @ f.T)[0, 1] / 8, (other @ other.T)[0, 1] / 8, 2**2, 64 * 65 // 2]


def gram_by_hand__fractions():
    return [[6 / 8, 1 / 8], [1 / 8, 14 / 8]], 1 / 8, 7 / 8, 4.0, 64 + 64 * 63 / 2


def gram_by_hand__tuple():
    return (((0.75, 0.125), (0.125, 1.75)), 0.125, 0.875, 4, 2080)


def gram__einsum(f):
    return np.einsum("nahw,nbhw->nab", f, f) / np.prod(f.shape[1:])


def gram__picture_by_picture(f):
    rows = [picture.reshape(len(picture), -1).astype(float) for picture in f]
    return np.stack([one @ one.T / one.size for one in rows])


def gram__pairs(f):
    N, C = f.shape[:2]
    G = np.empty((N, C, C))
    for a in range(C):
        for b in range(a, C):
            G[:, a, b] = G[:, b, a] = (f[:, a] * f[:, b]).sum(axis=(1, 2)) / f[0].size
    return G


def gram__place_by_place(f):
    C, H, W = f.shape[1:]
    return sum(f[:, :, None, i, j] * f[:, None, :, i, j] / (C * H * W) for i, j in np.ndindex(H, W))


def gram_backward__einsum(dg, f):
    first, second = np.einsum("nab,nbhw->nahw", dg, f), np.einsum("nab,nahw->nbhw", dg, f)
    return (first + second) / f[0].size


def gram_backward__map_by_map(dg, f):
    df = np.zeros(f.shape)
    C = f.shape[1]
    for a in range(C):
        for b in range(C):
            df[:, a] += (dg[:, a, b] + dg[:, b, a])[:, None, None] * f[:, b]
    return df / f[0].size


def gram_backward__product_rule(dg, f):
    rows = f.reshape(*f.shape[:2], -1)
    df = [d @ one / one.size + d.T @ one / one.size for d, one in zip(dg, rows)]
    return np.array(df).reshape(f.shape)


def content_loss__vdot(f, target):
    e = np.subtract(f, target)
    return np.vdot(e, e) / e.size, e * (2 / e.size)


def content_loss__list(f, target):
    e = f.astype(float) - target
    return [float(np.square(e).mean()), e / (e.size / 2)]


def content_loss__loops(f, target):
    gaps = [float(p) - float(q) for p, q in zip(f.ravel(), target.ravel())]
    count = len(gaps)
    return sum(g * g for g in gaps) / count, np.array([2 * g / count for g in gaps]).reshape(f.shape)


def style_loss__all_in_one(f, target):
    rows = f.reshape(*f.shape[:2], -1)
    e = rows @ rows.swapaxes(1, 2) / f[0].size - target
    df = 2 / e.size * ((e + e.swapaxes(1, 2)) @ rows) / f[0].size
    return (e * e).mean(), df.reshape(f.shape)


def style_loss__einsum(f, target):
    e = gram_of(f) - target
    df = np.einsum("nab,nbhw->nahw", e, f) + np.einsum("nba,nbhw->nahw", e, f)
    return float(np.vdot(e, e) / e.size), df * 2 / e.size / f[0].size


def style_loss__scaled_afterwards(f, target):
    e = gram_of(f) - target
    return np.average(e * e), gram_gradient(e, f) * (2 / e.size)


def tv_loss__diff(x):
    squares = [np.square(np.diff(x.astype(float), axis=axis)).sum() for axis in (2, 3)]
    return sum(squares) / x.size


def tv_loss__edge_padding(x):
    below = np.concatenate([x[:, :, 1:], x[:, :, -1:]], axis=2)
    right = np.concatenate([x[..., 1:], x[..., -1:]], axis=3)
    return float(np.mean((below - x) ** 2 + (right - x) ** 2))


def tv_loss__loops(x):
    N, C, H, W = x.shape
    total = 0.0
    for i, j in np.ndindex(H, W):
        for a, b in ((i + 1, j), (i, j + 1)):
            if a < H and b < W:
                total += float(((x[:, :, a, b].astype(float) - x[:, :, i, j]) ** 2).sum())
    return total / (N * C * H * W)


def tv_backward__second_differences(x):
    edged = np.pad(x.astype(float), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    middle = edged[:, :, 1:-1, 1:-1]
    around = edged[:, :, 2:, 1:-1] + edged[:, :, :-2, 1:-1] + edged[:, :, 1:-1, 2:] + edged[:, :, 1:-1, :-2]
    return 2 * (4 * middle - around) / x.size


def tv_backward__matrices(x):
    def laplacian(n):
        d = np.diff(np.eye(n), axis=0)
        return d.T @ d

    H, W = x.shape[2:]
    return 2 / x.size * (laplacian(H) @ x + x @ laplacian(W))


def tv_backward__pixel_by_pixel(x):
    H, W = x.shape[2:]
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(H, W):
        for a, b in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= a < H and 0 <= b < W:
                dx[:, :, i, j] += x[:, :, i, j] * 2.0 - x[:, :, a, b] * 2.0
    return dx / x.size


def gather_gradients__one_loss_after_the_other(words, x, dy1, dy2, dy3, weights):
    layers = build(words)
    for layer in layers:
        x = layer.forward(x)
    total = 0
    for count, dy in enumerate((dy1, dy2, dy3), 1):
        dx = weights[count - 1] * dy
        for layer in reversed(layers[:count]):
            dx = layer.backward(dx)
        total = total + dx
    return total


def gather_gradients__written_out(words, x, dy1, dy2, dy3, weights):
    one, two, three = build(words)
    three.forward(two.forward(one.forward(x)))
    a, b, c = weights
    return one.backward(a * dy1 + two.backward(b * dy2 + three.backward(c * dy3)))


def gather_gradients__recursive(words, x, dy1, dy2, dy3, weights):
    def down(layers, x, rest):
        if not layers:
            return 0
        y = layers[0].forward(x)
        (dy, weight), *later = rest
        return layers[0].backward(weight * dy + down(layers[1:], y, later))

    return down(build(words), x, list(zip((dy1, dy2, dy3), weights)))


def picture_step__running_means(x, dx, mean, square, t, lr, low, high):
    mean, square = mean + (dx - mean) * 0.1, square + (dx * dx - square) * 0.001
    rate = lr / (1 - 0.9**t)
    root = np.sqrt(square / (1 - 0.999**t))
    return np.minimum(np.maximum(x - rate * mean / (root + 1e-8), low), high), mean, square


def picture_step__list(x, dx, mean, square, t, lr, low, high):
    b1, b2 = 0.9, 0.999
    m = b1 * mean + (1 - b1) * dx
    s = b2 * square + (1 - b2) * np.square(dx)
    step = lr * (m / (1 - b1**t)) / ((s / (1 - b2**t)) ** 0.5 + 1e-8)
    return [(x - step).clip(low, high), m, s]


def picture_step__epsilon_scaled(x, dx, mean, square, t, lr, low, high):
    mean = np.average([mean, dx], axis=0, weights=[0.9, 0.1])
    square = np.average([square, dx.astype(float) ** 2], axis=0, weights=[0.999, 0.001])
    fix = (1 - 0.999**t) ** 0.5
    step = lr * fix / (1 - 0.9**t) * mean / (np.sqrt(square) + 1e-8 * fix)
    return np.clip(x - step, low, high), mean, square


def quiz__capitals():
    return {"q1": "C", "q2": "B", "q3": "D", "q4": "B", "q5": "A"}


def quiz__brackets():
    return {"q1": "(c)", "q2": "(b)", "q3": "(d)", "q4": "(b)", "q5": "(a)"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "cbdba"))
