"""Right answers to chapter 02 by routes that the author did not take. Each must get full marks."""

import numpy as np

correlate = correlate_two = None  # the notebook defines them


def correlate1d__windows(x, k):
    return np.lib.stride_tricks.sliding_window_view(x, len(k)) @ k.astype(float)


def correlate1d__fourier(x, k):
    n = len(x) + len(k) - 1
    full = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(k[::-1], n), n)
    return full[len(k) - 1 : len(x)]


def correlate1d__recursion(x, k):
    if len(x) < len(k):
        return np.zeros(0)
    here = sum(float(a) * float(b) for a, b in zip(x, k))
    return np.concatenate([[here], correlate1d__recursion(x[1:], k)])


def correlate1d__lists(x, k):
    x, k = x.tolist(), k.tolist()
    return np.array(
        [sum(x[i + a] * k[a] for a in range(len(k))) for i in range(len(x) - len(k) + 1)], dtype=float
    )


def correlate1d__shifted_copies(x, k):
    n = len(x) - len(k) + 1
    y = np.zeros(n)
    for a, weight in enumerate(k):
        y += weight * x[a : a + n]
    return y


def correlate1d__matrix(x, k):
    n = len(x) - len(k) + 1
    rows = np.zeros((n, len(x)))
    for i in range(n):
        rows[i, i : i + len(k)] = k
    return rows @ x


def convolve1d__index(x, k):
    K = len(k)
    return np.array([sum(float(x[n - a]) * float(k[a]) for a in range(K)) for n in range(K - 1, len(x))])


def convolve1d__polynomial(x, k):
    return (
        np.polynomial.polynomial.polymul(x.astype(float), k.astype(float) + 0.0)[len(k) - 1 : len(x)]
        if k[-1] and x[-1]
        else (
            np.array([x[n - len(k) + 1 : n + 1][::-1].astype(float) @ k for n in range(len(k) - 1, len(x))])
        )
    )


def convolve1d__flip(x, k):
    return correlate(x, np.flip(k))


def convolve1d__commuted(x, k):
    padded = np.pad(k.astype(float), len(x) - 1)
    full = correlate(padded, x[::-1].astype(float))
    return full[len(k) - 1 : len(x)]


def by_hand__arrays():
    return [np.array([[19.0, 25.0], [37.0, 43.0]]), np.array([[5, 11], [23, 29]])]


def by_hand__one_array():
    return np.array([[[19, 25], [37, 43]], [[5, 11], [23, 29]]])


def by_hand__tuples():
    return (((19, 25), (37, 43)), ((5, 11), (23, 29)))


def fill_blanks__array():
    return np.array([[3, 2, 4], [0, 4, 0], [3, 1, 1]])


def fill_blanks__floats():
    return [[3.0, 2.0, 4.0], [0.0, 4.0, 0.0], [3.0, 1.0, 1.0]]


def fill_blanks__computed():
    x = np.array([[1, 1, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0]])
    k = np.array([[1, 0, 1], [0, 2, 0], [1, 0, 1]])
    return [[int((x[i : i + 3, j : j + 3] * k).sum()) for j in range(3)] for i in range(3)]


def correlate2d__einsum(x, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.einsum("ijab,ab->ij", windows.astype(float), k)


def correlate2d__fourier(x, k):
    shape = x.shape[0] + k.shape[0] - 1, x.shape[1] + k.shape[1] - 1
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(k[::-1, ::-1], shape), shape)
    return full[k.shape[0] - 1 : x.shape[0], k.shape[1] - 1 : x.shape[1]]


def correlate2d__shifted_copies(x, k):
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    return sum(
        float(k[a, b]) * x[a : a + rows, b : b + columns].astype(float)
        for a in range(k.shape[0])
        for b in range(k.shape[1])
    )


def correlate2d__columns(x, k):
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    patches = [x[i : i + k.shape[0], j : j + k.shape[1]].ravel() for i in range(rows) for j in range(columns)]
    return (np.array(patches, dtype=float) @ k.ravel()).reshape(rows, columns)


def correlate2d__plain_python(x, k):
    x, k = x.tolist(), k.tolist()
    out = []
    for i in range(len(x) - len(k) + 1):
        out.append([])
        for j in range(len(x[0]) - len(k[0]) + 1):
            out[-1].append(
                float(sum(x[i + a][j + b] * k[a][b] for a in range(len(k)) for b in range(len(k[0]))))
            )
    return np.array(out)


def correlate2d__strides(x, k):
    x = np.ascontiguousarray(x, dtype=float)
    shape = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1, *k.shape
    return np.tensordot(np.lib.stride_tricks.as_strided(x, shape, x.strides * 2), k, 2)


def convolve2d__two_quarter_turns(x, k):
    return correlate_two(x, np.rot90(k, 2))


def convolve2d__flip(x, k):
    return correlate_two(x, np.flip(k))


def convolve2d__index(x, k):
    H, W = k.shape
    y = np.zeros((x.shape[0] - H + 1, x.shape[1] - W + 1))
    for a in range(H):
        for b in range(W):
            y += k[a, b] * x[H - 1 - a : x.shape[0] - a, W - 1 - b : x.shape[1] - b]
    return y


def convolve2d__flat(x, k):
    return correlate_two(x, k.ravel()[::-1].reshape(k.shape))


def mean_filter__ones(n):
    return np.ones((n, n)) / n / n


def mean_filter__outer(n):
    return np.outer(np.full(n, 1 / n), np.full(n, 1 / n))


def mean_filter__lists(n):
    return np.array([[1 / n**2] * n] * n)


def mean_filter__normalised(n):
    kernel = np.random.default_rng().random() + np.zeros((n, n)) + 1
    return kernel / kernel.sum()


def sobel_x__outer():
    return np.outer([1, 2, 1], [-1, 0, 1])


def sobel_x__floats():
    return np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def sobel_x__lists():
    return [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


def laplacian__built():
    k = np.zeros((3, 3))
    k[1, :] += [1, -2, 1]
    k[:, 1] += [1, -2, 1]
    return k


def laplacian__lists():
    return [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


def laplacian__from_distance():
    i, j = np.indices((3, 3)) - 1
    return np.where(abs(i) + abs(j) == 1, 1, 0) - 4 * ((i == 0) & (j == 0))


def mended_correlate2d__einsum(x, k):
    return np.einsum("ijab,ab->ij", np.lib.stride_tricks.sliding_window_view(x, k.shape).astype(float), k)


def mended_correlate2d__columns(x, k):
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    patches = [x[i : i + k.shape[0], j : j + k.shape[1]].ravel() for i in range(rows) for j in range(columns)]
    return (np.array(patches, dtype=float) @ k.ravel()).reshape(rows, columns)


def mended_correlate2d__shifted_copies(x, k):
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    taps = np.ndindex(*k.shape)
    return sum(float(k[a, b]) * x[a : a + rows, b : b + columns].astype(float) for a, b in taps)


def quiz__capitals():
    return {"q1": "B", "q2": "A", "q3": "B", "q4": "B", "q5": "C"}


def quiz__spaces():
    return {"q1": " b", "q2": "a ", "q3": "b", "q4": "b", "q5": "c"}


def quiz__other_order():
    return dict(q5="c", q4="b", q3="b", q2="a", q1="b")
