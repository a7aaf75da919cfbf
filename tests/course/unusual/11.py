"""Right answers to chapter 11 by routes that the author did not take. Each must get full marks."""

import numpy as np

through = run_stack = facts = L = None  # the notebook defines them


def views__arrays():
    return (np.array([5, 6, 14, 16]), np.array([1, 2, 2, 4]), 17.0, np.int64(21))


def views__computed():
    sizes, strides, size, apart = [], [], 1, 1
    for k, s in ((5, 1), (2, 2), (5, 1), (2, 2)):
        size, apart = size + (k - 1) * apart, apart * s
        sizes.append(size)
        strides.append(apart)
    return [sizes, strides, 5 + 4 * 3, 1 + 5 * 4]


def views__tuple():
    return ((5, 6, 14, 16), (1, 2, 2, 4), 17, 21)


def receptive_size__backward(kernels, strides):
    wide = 1
    for k, s in zip(kernels[::-1], strides[::-1]):
        wide = (wide - 1) * s + k
    return wide


def receptive_size__products(kernels, strides):
    before = np.cumprod((1, *strides))[: len(kernels)]
    return 1 + np.dot(np.array(kernels) - 1, before)


def receptive_size__sets(kernels, strides):
    seen = {0}
    for k, s in list(zip(kernels, strides))[::-1]:
        seen = {s * unit + a for unit in (min(seen), max(seen)) for a in (0, k - 1)}
    return max(seen) - min(seen) + 1


def through_layer__list(size, stride, start, k, s=1, p=0, d=1):
    reach = d * (k - 1)
    return [size + reach * stride, s * stride, start - stride * p]


def through_layer__array(size, stride, start, k, s=1, p=0, d=1):
    return tuple(np.array([[1, d * (k - 1), 0], [0, s, 0], [0, -p, 1]]) @ (size, stride, start))


def through_layer__units(size, stride, start, k, s=1, p=0, d=1):
    def begin(unit):
        return start + stride * (unit * s - p)

    end = start + stride * (-p + d * (k - 1)) + size
    return end - begin(0), begin(1) - begin(0), begin(0)


def receptive_field__no_helper(layers):
    size, stride, start = 1, 1, 0
    for k, s, p, d in layers:
        size, stride, start = size + d * (k - 1) * stride, stride * s, start - p * stride
    return size, stride, start


def receptive_field__recursive(layers):
    if not layers:
        return [1, 1, 0]
    *below, last = layers
    return through(*receptive_field(tuple(below)), *last)  # noqa: F821


def receptive_field__two_units(layers):
    ends = [(0, 0), (1, 1)]
    for k, s, p, d in reversed(layers):
        ends = [(first * s - p, last * s - p + d * (k - 1)) for first, last in ends]
    return ends[0][1] - ends[0][0] + 1, ends[1][0] - ends[0][0], ends[0][0]


def famous__tuples():
    return ((195, 32), (212, 32), 112)


def famous__arrays():
    return [np.array([195, 32]), np.array([212.0, 32.0]), np.ceil(223 / 2)]


def famous__computed():
    def field(layers):
        size, apart = 1, 1
        for k, s in layers:
            size, apart = size + (k - 1) * apart, apart * s
        return [size, apart]

    two, three = [(3, 1)] * 2 + [(2, 2)], [(3, 1)] * 3 + [(2, 2)]
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    return [field(alexnet), field(two * 2 + three * 3), next(m for m in range(300) if 1 + 2 * m >= 224)]


def unit_sees__list(size, stride, start, i, n):
    begin = start + stride * i
    return [begin if begin > 0 else 0, begin + size - 1 if begin + size <= n else n - 1]


def unit_sees__clip(size, stride, start, i, n):
    return tuple(np.clip([start + i * stride, start + i * stride + size - 1], 0, n - 1))


def unit_sees__range(size, stride, start, i, n):
    seen = sorted(set(range(n)) & set(range(start + i * stride, start + i * stride + size)))
    return seen[0], seen[-1]


def measured_pixels__identity(layers, n, i):
    return [pixel for pixel, row in enumerate(np.eye(n)) if run_stack(row, layers)[i]]


def measured_pixels__from_ones(layers, n, i):
    usual = run_stack(np.ones(n), layers)[i]
    changed = []
    for pixel in range(n):
        x = np.ones(n)
        x[pixel] = 0
        changed.append(run_stack(x, layers)[i] != usual)
    return tuple(np.flatnonzero(changed))


def measured_pixels__large_change(layers, n, i):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    found = []
    for pixel in range(n):
        other = x.copy()
        other[pixel] += 100
        if abs(run_stack(other, layers)[i] - run_stack(x, layers)[i]) > 1e-6:
            found += [pixel]
    return found


def measured_pixels__downward(layers, n, i):
    sizes = [n]
    for k, s, p, d in layers:
        sizes.append((sizes[-1] + 2 * p - d * (k - 1) - 1) // s + 1)
    seen = {i}
    for size, (k, s, p, d) in zip(sizes[-2::-1], layers[::-1]):
        seen = {u * s - p + a * d for u in seen for a in range(k)} & set(range(size))
    return sorted(seen)


def lenet_1998__computed():
    pairs = 6 * 3 + 9 * 4 + 6
    layers = [6 * 26, 6 * 2, pairs * 25 + 16, 16 * 2, 120 * (16 * 25 + 1), 84 * 121]
    return layers, sum(layers)


def lenet_1998__array():
    return [np.array([156, 12, 1516, 32, 48120, 10164]), 60_000]


def lenet_1998__floats():
    return [[156.0, 12.0, 1516.0, 32.0, 48120.0, 10164.0], 6e4]


def build_lenet__named(rng=None, count=True):
    dense = [L.Linear(16 * 5 * 5, 120, rng=rng), L.Linear(120, 84, rng=rng), L.Linear(84, 10, rng=rng)]
    net = L.Sequential(
        {
            "c1": L.Conv2d(1, 6, 5, padding="same", rng=rng),
            "a1": L.ReLU(),
            "s2": L.MaxPool2d(2, stride=2),
            "c3": L.Conv2d(6, 16, 5, rng=rng),
            "a3": L.ReLU(),
            "s4": L.MaxPool2d(2),
            "flat": L.Flatten(),
            "c5": dense[0],
            "a5": L.ReLU(),
            "f6": dense[1],
            "a6": L.ReLU(),
            "out": dense[2],
        }
    )
    return facts(net) if count else net


def build_lenet__loop(rng=None, count=True):
    layers = []
    for c_in, c_out, p in ((1, 6, 2), (6, 16, 0)):
        layers += [L.Conv2d(c_in, c_out, 5, padding=p, rng=rng), L.ReLU(), L.MaxPool2d(2)]
    layers.append(L.Flatten())
    for n_in, n_out in ((400, 120), (120, 84)):
        layers += [L.Linear(n_in, n_out, rng=rng), L.ReLU()]
    net = L.Sequential(*layers, L.Linear(84, 10, rng=rng))
    return facts(net) if count else net


def build_lenet__pool_before_relu(rng=None, count=True):
    """A max pool and a ReLU may change places: the results are the same."""
    net = L.Sequential(
        *(L.Conv2d(1, 6, (5, 5), padding=(2, 2), rng=rng), L.MaxPool2d(2), L.ReLU()),
        *(L.Conv2d(6, 16, (5, 5), rng=rng), L.MaxPool2d(2), L.ReLU(), L.Flatten()),
        *(L.Linear(400, 120, rng=rng), L.ReLU(), L.Linear(120, 84, rng=rng), L.ReLU()),
        L.Linear(84, 10, rng=rng),
    )
    return facts(net) if count else net


def normalise__list(train, held):
    return [(x - np.mean(train)) / np.std(train) for x in (train, held)]


def normalise__scaled(train, held):
    mean = train.sum(dtype=float) / train.size
    scale = 1 / np.sqrt(((train - mean) ** 2).sum() / train.size)
    return np.multiply(train - mean, scale), np.multiply(held - mean, scale)


def normalise__moments(train, held):
    x = train.astype(np.float64)
    std = (np.mean(x**2) - np.mean(x) ** 2) ** 0.5
    return (x - x.mean()) / std, (held.astype(np.float64) - x.mean()) / std


def top_k_accuracy__ranks(scores, labels, k):
    own = scores[np.arange(len(labels)), list(labels)]
    return float(((scores > own[:, None]).sum(axis=1) < k).mean())


def top_k_accuracy__partition(scores, labels, k):
    limit = np.partition(scores, -k, axis=1)[:, -k]
    return np.count_nonzero([row[t] >= low for row, t, low in zip(scores, labels, limit)]) / len(labels)


def top_k_accuracy__lists(scores, labels, k):
    right = 0
    for row, label in zip(scores.tolist(), labels):
        right += label in sorted(range(len(row)), key=lambda c: -row[c])[:k]
    return right / len(labels)


def confusion_table__flat_counts(labels, predictions, classes):
    flat = np.array(labels) * classes + np.array(predictions)
    return np.bincount(flat, minlength=classes**2).reshape(classes, classes)


def confusion_table__one_hot(labels, predictions, classes):
    one_hot = np.eye(classes)
    return one_hot[list(labels)].T @ one_hot[list(predictions)]


def confusion_table__add_at(labels, predictions, classes):
    table = np.zeros((classes, classes), np.int32)
    np.add.at(table, (np.array(labels), np.array(predictions)), 1)
    return table


def worst_mistakes__sorted(scores, labels, count):
    gaps = {i: float(max(row) - row[label]) for i, (row, label) in enumerate(zip(scores, labels))}
    wrong = [i for i, gap in gaps.items() if gap > 0]
    return sorted(wrong, key=gaps.get, reverse=True)[:count]


def worst_mistakes__wrong_first(scores, labels, count):
    labels = np.array(labels)
    wrong = np.flatnonzero(scores.argmax(axis=1) != labels)
    gap = scores[wrong].max(axis=1) - scores[wrong, labels[wrong]]
    return tuple(wrong[np.argsort(gap)[::-1]][:count])


def worst_mistakes__repeated(scores, labels, count):
    gap = np.array([row.max() - row[label] for row, label in zip(scores, labels)], dtype=float)
    found = []
    while len(found) < count and gap.max() > 0:
        found.append(int(gap.argmax()))
        gap[found[-1]] = -1
    return found


def mended_accuracy__weighted(scores, labels, size):
    parts, sizes = [], []
    for start in range(0, len(scores), size):
        guesses = scores[start : start + size].argmax(axis=1)
        parts.append(np.mean(guesses == labels[start : start + size]))
        sizes.append(len(guesses))
    return np.average(parts, weights=sizes)


def mended_accuracy__concatenate(scores, labels, size):
    batches = [scores[start : start + size].argmax(axis=1) for start in range(0, len(scores), size)]
    return float(np.mean(np.concatenate(batches) == np.array(labels)))


def mended_accuracy__split(scores, labels, size):
    cuts = range(size, len(scores), size)
    pairs = zip(np.split(scores, cuts), np.split(np.array(labels), cuts))
    return sum(int((x.argmax(1) == t).sum()) for x, t in pairs) / len(labels)


def quiz__capitals():
    return {"q1": "B", "q2": "B", "q3": "C", "q4": "A", "q5": "C"}


def quiz__brackets():
    return {"q1": "(b)", "q2": "(b)", "q3": "(c)", "q4": "(a)", "q5": "(c)"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "bbcac"))
