"""Right answers to chapter 12 by routes that the author did not take. Each must get full marks."""

import math

import numpy as np

# the notebook defines these
shape_of = params_of = macs_of = bytes_of = field_of = facts = lrn = L = None


def first_layer__computed():
    side = len(range(0, 227 - 10, 4))
    weights = 96 * 3 * 11**2
    a = (96, side, side)
    return [
        a,
        weights + 96,
        weights * side**2,
        4 * math.prod(a),
        (96, (side - 3) // 2 + 1, (side - 1) // 2),
        0,
    ]


def first_layer__arrays():
    return np.array([96, 55, 55]), 34944.0, 105_415_200, np.int64(1161600), np.array([96, 27, 27]), 0


def first_layer__tuple():
    return ((96, 55, 55), 34944, 105415200, 1161600, (96, 27, 27), 0)


def layer_shape__match(layer, shape):
    match list(layer):
        case ["conv", filters, k, s, p, _]:
            return [filters] + [len(range(0, n + 2 * p - k + 1, s)) for n in shape[1:]]
        case ["pool", k, s]:
            return [shape[0]] + [len(range(0, n - k + 1, s)) for n in shape[1:]]
        case ["flatten"]:
            return [int(np.prod(shape))]
        case ["linear", units]:
            return [units]
    return shape


def layer_shape__arrays(layer, shape):
    x = np.broadcast_to(np.int8(0), shape)
    if layer[0] == "flatten":
        return (x.size,)
    if layer[0] == "linear":
        return layer[1:]
    if layer[0] in ("conv", "pool"):
        k, s = layer[-4:-2] if layer[0] == "conv" else layer[1:]
        p = layer[4] if layer[0] == "conv" else 0
        side = np.array(shape[1:]) + 2 * p
        places = np.floor_divide(side - k, s) + 1
        return (layer[1] if layer[0] == "conv" else shape[0], *places)
    return x.shape


def layer_shape__windows(layer, shape):
    kind, *numbers = layer
    if kind not in ("conv", "pool"):
        return {"flatten": (math.prod(shape),), "linear": tuple(numbers)}.get(kind, shape)
    channels, (k, s), p = (numbers[0], numbers[1:3], numbers[3]) if kind == "conv" else (shape[0], numbers, 0)
    rows, columns = (
        np.lib.stride_tricks.sliding_window_view(np.zeros(n + 2 * p), k)[::s].shape[0] for n in shape[1:]
    )
    return channels, rows, columns


def layer_params__dictionary(layer, shape):
    kind, *numbers = layer
    count = {
        "conv": lambda f, k, s, p, g: f + f * shape[0] * k**2 // g,
        "linear": lambda units: units + units * shape[0],
    }
    return count[kind](*numbers) if kind in count else 0


def layer_params__arrays(layer, shape):
    total = 0
    if layer[0] == "conv":
        w = np.empty((layer[1], shape[0] // layer[5], layer[2], layer[2]))
        total = w.size + w.shape[0]
    if layer[0] == "linear":
        total = np.empty((layer[1], shape[0] + 1)).size
    return total


def layer_params__group_by_group(layer, shape):
    if layer[0] == "linear":
        return sum(len(range(shape[0])) + 1 for _ in range(layer[1]))
    if layer[0] != "conv":
        return np.int64(0)
    _, f, k, _, _, g = layer
    return sum((f // g) * (shape[0] // g) * k * k for _ in range(g)) + f


def layer_macs__own_sizes(layer, shape):
    kind, *n = layer
    if kind == "linear":
        return n[0] * shape[0]
    if kind == "conv":
        rows, columns = (1 + (side + 2 * n[3] - n[1]) // n[2] for side in shape[1:])
        return n[0] * rows * columns * shape[0] * n[1] ** 2 // n[4]
    return 0


def layer_macs__weights_times_places(layer, shape):
    if layer[0] not in ("conv", "linear"):
        return 0
    out = shape_of(layer, shape)
    weights = layer[1] * shape[0] if layer[0] == "linear" else layer[1] * shape[0] * layer[2] ** 2 // layer[5]
    return weights * math.prod(out[1:])


def layer_macs__numpy(layer, shape):
    out = np.prod(shape_of(layer, shape), dtype=np.int64)
    each = 0
    if layer[0] == "conv":
        each = shape[0] // layer[5] * layer[2] * layer[2]
    if layer[0] == "linear":
        each = shape[0]
    return out * each


def activation_bytes__nbytes(layer, shape):
    kept = layer[0] in ("conv", "pool", "lrn", "linear")
    return np.broadcast_to(np.float32(0), shape_of(layer, shape)).nbytes if kept else 0


def activation_bytes__reduce(layer, shape):
    from functools import reduce

    numbers = reduce(lambda a, b: a * b, shape_of(layer, shape), 1)
    return 4 * numbers * (layer[0] not in {"relu", "dropout", "flatten"})


def activation_bytes__numpy(layer, shape):
    if layer[0] == "relu" or layer[0] == "dropout" or layer[0] == "flatten":
        return 0
    return np.prod(shape_of(layer, shape)) * np.dtype("float32").itemsize


def receptive_step__dictionary(layer, shape, field):
    kind, *n = layer
    k, s = {"conv": n[1:3], "pool": n, "flatten": (*shape[1:2], 1)}.get(kind, (1, 1))
    return [field[0] + field[1] * (k - 1), field[1] * s]


def receptive_step__pixels(layer, shape, field):
    window = range(1)
    s = 1
    if layer[0] in ("conv", "pool"):
        k, s = layer[2:4] if layer[0] == "conv" else layer[1:3]
        window = range(k)
    elif layer[0] == "flatten":
        window = range(shape[1])
    pixels = {unit * field[1] + i for unit in window for i in range(field[0])}
    return max(pixels) + 1, s * field[1]


def receptive_step__ends(layer, shape, field):
    first, last = 0, field[0] - 1
    match tuple(layer):
        case ("conv", _, k, s, *_) | ("pool", k, s):
            return last + (k - 1) * field[1] - first + 1, np.int64(field[1]) * s
        case ("flatten",):
            return last + (shape[1] - 1) * field[1] + 1, field[1]
    return tuple(field)


def audit__recursive(spec, shape, field=(1, 1)):
    if not spec:
        return []
    layer, *rest = spec
    after, seen = shape_of(layer, shape), field_of(layer, shape, field)
    row = [after, params_of(layer, shape), macs_of(layer, shape), bytes_of(layer, shape), seen[0]]
    return [row, *audit(rest, after, seen)]  # noqa: F821


def audit__shapes_first(spec, shape):
    before, fields = [tuple(shape)], [(1, 1)]
    for layer in spec:
        fields.append(field_of(layer, before[-1], fields[-1]))
        before.append(shape_of(layer, before[-1]))
    return [
        (after, params_of(layer, s), macs_of(layer, s), bytes_of(layer, s), field[0])
        for layer, s, after, field in zip(spec, before, before[1:], fields[1:])
    ]


def audit__without_helpers(spec, shape):
    rows, size, apart, shape = [], 1, 1, list(shape)
    for kind, *n in spec:
        weights = biases = 0
        k, s, p = {"conv": n[1:4], "pool": [*n, 0], "flatten": [shape[1] if len(shape) > 1 else 1, 1, 0]}.get(
            kind, [1, 1, 0]
        )
        size, apart = size + (k - 1) * apart, apart * s
        if kind == "conv":
            weights, biases = n[0] * shape[0] // n[4] * k * k, n[0]
        if kind in ("conv", "pool"):
            sides = [(side + 2 * p - k) // s + 1 for side in shape[1:]]
            shape = [n[0] if kind == "conv" else shape[0], *sides]
        if kind == "flatten":
            shape = [math.prod(shape)]
        if kind == "linear":
            weights, biases, shape = shape[0] * n[0], n[0], n
        count = math.prod(shape)
        memory = 0 if kind in ("relu", "dropout", "flatten") else 4 * count
        rows += [(tuple(shape), weights + biases, weights * math.prod(shape[1:]), memory, size)]
    return tuple(rows)


def build_alexnet__named(rng=None, count=True):
    rng = np.random.default_rng(0) if rng is None else rng
    layers = {"conv1": L.Conv2d(3, 96, 11, 4, rng=rng), "relu1": L.ReLU(), "norm1": lrn()}
    layers |= {"pool1": L.MaxPool2d(3, 2), "conv2": L.Conv2d(96, 256, 5, 1, 2, rng=rng), "relu2": L.ReLU()}
    layers |= {"norm2": lrn(), "pool2": L.MaxPool2d((3, 3), (2, 2))}
    for i, (c_in, c_out) in enumerate(((256, 384), (384, 384), (384, 256)), 3):
        layers |= {f"conv{i}": L.Conv2d(c_in, c_out, 3, padding="same", rng=rng), f"relu{i}": L.ReLU()}
    layers |= {"pool5": L.MaxPool2d(3, 2), "flatten": L.Flatten()}
    for i, (n_in, n_out) in enumerate(((256 * 36, 4096), (4096, 4096)), 6):
        layers |= {
            f"fc{i}": L.Linear(n_in, n_out, rng=rng),
            f"relu{i}": L.ReLU(),
            f"drop{i}": L.Dropout(rng=rng),
        }
    net = L.Sequential(layers | {"fc8": L.Linear(4096, 1000, rng=rng)})
    return facts(net, rng) if count else net


def build_alexnet__concatenated(rng=None, count=True):
    rng = np.random.default_rng(0) if rng is None else rng

    def conv(*numbers, **options):
        return [L.Conv2d(*numbers, rng=rng, **options), L.ReLU()]

    def fc(*numbers):
        return [
            L.Linear(*numbers, rng=rng),
            L.Dropout(rng=rng),
            L.ReLU(),
        ]  # dropout and ReLU may change places

    layers = [*conv(3, 96, 11, stride=4), lrn(), L.MaxPool2d(3, stride=2)]
    layers += [*conv(96, 256, 5, padding=2), lrn(), L.MaxPool2d(3, stride=2)]
    layers += conv(256, 384, 3, padding=1) + conv(384, 384, 3, padding=1) + conv(384, 256, 3, padding=1)
    layers += [L.MaxPool2d(3, stride=2), L.Flatten(), *fc(9216, 4096), *fc(4096, 4096)]
    net = L.Sequential(*layers, L.Linear(4096, 1000, rng=rng))
    return facts(net, rng) if count else net


def build_alexnet__pool_before_relu(rng=None, count=True):
    rng = np.random.default_rng(0) if rng is None else rng
    norm = L.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
    net = L.Sequential(
        *(L.Conv2d(3, 96, (11, 11), stride=(4, 4), rng=rng), L.ReLU(), norm, L.MaxPool2d(3, stride=2)),
        *(L.Conv2d(96, 256, 5, padding=2, rng=rng), L.ReLU(), lrn(), L.MaxPool2d(3, stride=2)),
        *(L.Conv2d(256, 384, 3, padding=1, rng=rng), L.ReLU()),
        *(L.Conv2d(384, 384, 3, padding=1, rng=rng), L.ReLU()),
        *(L.Conv2d(384, 256, 3, padding=1, rng=rng), L.MaxPool2d(3, stride=2), L.ReLU(), L.Flatten()),
        *(L.Linear(9216, 4096, rng=rng), L.ReLU(), L.Dropout(0.5, rng=rng)),
        *(L.Linear(4096, 4096, rng=rng), L.ReLU(), L.Dropout(0.5, rng=rng), L.Linear(4096, 1000, rng=rng)),
    )
    return facts(net, rng) if count else net


def two_alexnets__computed():
    layers = [(96, 3, 11, 55), (256, 96, 5, 27), (384, 256, 3, 13), (384, 384, 3, 13), (256, 384, 3, 13)]
    dense = [(4096, 9216), (4096, 4096), (1000, 4096)]
    head = sum(units * (n + 1) for units, n in dense)

    def convolutions(groups):
        return [f * (c // g * k * k + 1) for (f, c, k, _), g in zip(layers, groups)]

    one, two = convolutions([1] * 5), convolutions([1, 2, 1, 2, 2])
    neurons = sum(f * n * n for f, _, _, n in layers) + sum(units for units, _ in dense)
    return (head + sum(one), head + sum(two), one[1], two[1], neurons)


def two_alexnets__array():
    return np.array([62378344, 60965224, 614656, 307456, 659272])


def two_alexnets__floats():
    return [62378344.0, 60965224.0, 614656.0, 307456.0, 659272.0]


def dossier__computed():
    def reading(n, p):
        sides = [(n + 2 * p - 11) // 4 + 1]
        for _ in range(3):
            sides.append((sides[-1] - 3) // 2 + 1)
        head = 4096 * (256 * sides[-1] ** 2 + 1) + 4096 * 4097 + 1000 * 4097
        return [*sides, 3_747_200 + head]

    return [reading(n, p) for n, p in ((227, 0), (224, 0), (224, 2), (256, 0))]


def dossier__array():
    full, small = 62378344, 50844008
    return np.array(
        [[55, 27, 13, 6, full], [54, 26, 12, 5, small], [55, 27, 13, 6, full], [62, 30, 14, 6, full]]
    )


def dossier__tuples():
    a = (55, 27, 13, 6, 62378344)
    return a, (54, 26, 12, 5, 50844008), a, (62, 30, 14, 6, 62378344)


def vgg_spec__comprehension(depths, widths):
    from itertools import chain

    brick = [[("conv", width, 3, 1, 1, 1), ("relu",)] for width in widths]
    return tuple(chain(*[bricks * depth + [("pool", 2, 2)] for bricks, depth in zip(brick, depths)]))


def vgg_spec__lists(depths, widths):
    spec = []
    for stage in range(len(depths)):
        for _ in range(depths[stage]):
            spec.extend([["conv", widths[stage], 3, 1, 1, 1], ["relu"]])
        spec.append(["pool", 2, 2])
    return spec


def vgg_spec__recursive(depths, widths):
    if not len(depths):
        return []
    if depths[0] == 0:
        return [("pool", 2, 2), *vgg_spec(depths[1:], widths[1:])]  # noqa: F821
    one_less = (depths[0] - 1, *depths[1:])
    return [("conv", np.int64(widths[0]), 3, 1, 1, 1), ("relu",), *vgg_spec(one_less, widths)]  # noqa: F821


def vgg_family__computed():
    def count(depths):
        total, channels = 0, 3
        for depth, width in zip(depths, (64, 128, 256, 512, 512)):
            for _ in range(depth):
                total, channels = total + width * (9 * channels + 1), width
        return total + 4096 * 25089 + 4096 * 4097 + 1000 * 4097

    family = [count(d) for d in ((1, 1, 2, 2, 2), (2, 2, 2, 2, 2), (2, 2, 3, 3, 3), (2, 2, 4, 4, 4))]
    return family, family[2] - 4_097_000, 13 + 2, 1000, 1000 * 4097


def vgg_family__array():
    return [np.array([132863336, 133047848, 138357544, 143667240]), 134260544, 15, 1000, 4097000]


def vgg_family__floats():
    return ((132863336.0, 133047848.0, 138357544.0, 143667240.0), 134260544.0, 15.0, 1e3, 4.097e6)


def shares__rounded_numpy():
    parts = [[58631144 / 62378344, 37752832 / 62378344, 1076634144 / 1135256096]]
    parts += [[123642856 / 138357544, 102764544 / 138357544, 15346630656 / 15470264320]]
    return np.round(100 * np.array(parts), 1)


def shares__tuples():
    return ((94, 60.5, 94.8), (89.4, 74.3, 99.2))


def shares__formatted():
    return [[float(f"{x:.1f}") for x in row] for row in ((93.99, 60.52, 94.84), (89.36, 74.27, 99.2))]


def vgg_memory__computed():
    sides, widths, depths = (224, 112, 56, 28, 14), (64, 128, 256, 512, 512), (2, 2, 3, 3, 3)
    maps = sum(w * (d * n * n + (n // 2) ** 2) for n, w, d in zip(sides, widths, depths))
    outputs = maps + 4096 + 4096 + 1000
    numbers = outputs + 3 * 224 * 224
    return numbers, round(4e-6 * numbers, 2), round(4e-6 * outputs, 2), round(4e-6 * 138357544, 2)


def vgg_memory__array():
    return np.array([15237608, 60.95, 60.35, 553.43])


def vgg_memory__list():
    return [15_237_608, 60.95, 60.35, 553.43]


def stack_equivalent__list(n, channels):
    pairs = channels * channels
    field = 1 + sum(3 - 1 for _ in range(n))
    return [field, n * 3 * 3 * pairs, field**2 * pairs]


def stack_equivalent__arrays(n, channels):
    sizes = np.ones((channels, channels, 3, 3)).size
    k = len(np.convolve(np.ones(3), np.ones(2 * n - 1)))
    return k, n * sizes, np.ones((channels, channels, k, k)).size


def stack_equivalent__recursive(n, channels):
    if n == 0:
        return 1, 0, channels**2
    k, stack, _ = stack_equivalent(n - 1, channels)  # noqa: F821
    return k + 2, stack + 9 * channels**2, (k + 2) ** 2 * channels**2


def compose__fourier(first, second):
    shape = [a + b - 1 for a, b in zip(first.shape, second.shape)]
    return np.fft.irfft2(np.fft.rfft2(first, shape) * np.fft.rfft2(second, shape), shape)


def compose__impulse(first, second):
    """Turn both steps round: lay the second on an impulse, then the first on what comes out."""
    padded = np.pad(first.astype(float), [(n - 1, n - 1) for n in second.shape])
    windows = np.lib.stride_tricks.sliding_window_view(padded, second.shape)
    return np.einsum("ijab,ab->ij", windows, second[::-1, ::-1])


def compose__padded_copies(first, second):
    lh, lw = second.shape
    copies = [
        second[i, j] * np.pad(first, [(i, lh - 1 - i), (j, lw - 1 - j)]) for i in range(lh) for j in range(lw)
    ]
    return np.sum(copies, axis=0, dtype=float)


def fc_to_conv__rows(w, height, width):
    channels = w.shape[1] // (height * width)
    return np.stack([np.reshape(row, (channels, height, width)) for row in w])


def fc_to_conv__split(w, height, width):
    rows = np.split(w, w.shape[1] // width, axis=1)
    maps = [np.stack(rows[i : i + height], axis=1) for i in range(0, len(rows), height)]
    return np.stack(maps, axis=1)


def fc_to_conv__filled(w, height, width):
    kernels = np.zeros((len(w), w.shape[1] // (height * width), height, width))
    for place, index in enumerate(np.ndindex(kernels.shape[1:])):
        kernels[(slice(None), *index)] = w[:, place]
    return kernels


def freed__computed():
    side = 384 // 32 - 7 + 1
    return (6, 4096 * 256 * 6 * 6, side * side, 2**5, 512 * 4096)


def freed__array():
    return np.array([6, 37748736, 36, 32, 2097152])


def freed__floats():
    return [6.0, 37748736.0, 36.0, 32.0, 2097152.0]


def mended_count__shapes(spec, shape):
    total = 0
    for kind, *n in spec:
        if kind == "conv":
            total += n[0] + n[0] * n[1] ** 2 * shape[0] // n[4]
            shape = (n[0], *((side + 2 * n[3] - n[1]) // n[2] + 1 for side in shape[1:]))
        elif kind == "pool":
            shape = (shape[0], *(len(range(n[0], side + 1, n[1])) for side in shape[1:]))
        elif kind == "flatten":
            shape = (math.prod(shape),)
        elif kind == "linear":
            total, shape = total + n[0] * shape[0] + n[0], (n[0],)
    return total


def mended_count__numpy(spec, shape):
    shape, counts = np.array(shape), [0]
    for layer in spec:
        if layer[0] == "conv":
            _, f, k, s, p, g = layer
            counts.append(f * (shape[0] // g * k * k + 1))
            shape = np.append(f, (shape[1:] + 2 * p - k) // s + 1)
        if layer[0] == "pool":
            shape = np.append(shape[0], (shape[1:] - layer[1]) // layer[2] + 1)
        if layer[0] == "linear":
            counts.append(layer[1] * (np.prod(shape) + 1))
            shape = np.array([layer[1]])
    return np.sum(counts)


def mended_count__two_lines(spec, shape):
    channels, height, width = shape
    total, numbers = 0, 0
    for kind, *options in spec:
        if kind == "conv":
            filters, k, s, p, groups = options
            total += filters * channels * k * k // groups + filters
            channels, height, width = filters, (height + 2 * p - k) // s + 1, (width + 2 * p - k) // s + 1
        elif kind == "pool":
            k, s = options
            height, width = 1 + (height - k) // s, 1 + (width - k) // s
        elif kind == "flatten":
            numbers = channels * height * width
        elif kind == "linear":
            total += options[0] * (numbers + 1)
            numbers = options[0]
    return total


def quiz__capitals():
    return {"q1": "B", "q2": "C", "q3": "B", "q4": "C", "q5": "B"}


def quiz__brackets():
    return {"q1": "(b)", "q2": "(c)", "q3": "(b)", "q4": "(c)", "q5": "(b)"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "bcbcb"))
