"""Right answers to chapter 13 by routes that the author did not take. Each must get full marks."""

import numpy as np

# the notebook defines these
conv = conv_backward = relu = join = cut = L = stem = module = MODULES = None
module_facts = googlenet_facts = None


def one_module__computed():
    direct = [64 * 192, 128 * 192 * 9, 32 * 192 * 25]
    detour = [r * (192 + 25 * 32) for r in range(192)]
    channels = 192
    for _ in range(9):
        channels += 64 + 128 + 32
    return (
        direct,
        sum(direct),
        192 + 64 + 128 + 32,
        channels,
        detour[16],
        sum(d < direct[2] for d in detour) - 1,
    )


def one_module__array():
    return [np.array([12288, 221184, 153600]), 387072, 416, 2208, 15872, 154]


def one_module__floats():
    return [[12288.0, 221184.0, 153600.0], 387072.0, 416.0, 2208.0, 15872.0, 154.0]


def inception_weights__loop(c_in, spec):
    total = 0
    for branch in ([(1, 0)], [(1, 1), (3, 2)], [(1, 3), (5, 4)], [(1, 5)]):
        channels = c_in
        for k, place in branch:
            total, channels = total + k**2 * channels * spec[place], spec[place]
    return total


def inception_weights__dot(c_in, spec):
    one, a, three, b, five, pool = spec
    return int(np.dot([one, a, b, pool], 4 * [c_in]) + np.dot([9 * three, 25 * five], [a, b]))


def inception_weights__shapes(c_in, spec):
    kernels = [
        (spec[0], c_in, 1),
        (spec[1], c_in, 1),
        (spec[2], spec[1], 3),
        (spec[3], c_in, 1),
        (spec[4], spec[3], 5),
    ]
    return sum(f * c * k * k for f, c, k in kernels) + spec[5] * c_in


def concat_channels__hstack(*branches):
    return np.hstack(branches)


def concat_channels__written(*branches):
    first = branches[0]
    y = np.empty(
        (first.shape[0], sum(b.shape[1] for b in branches), *first.shape[2:]), np.result_type(*branches)
    )
    start = 0
    for b in branches:
        y[:, start : start + b.shape[1]] = b
        start += b.shape[1]
    return y


def concat_channels__channels_first(*branches):
    moved = [channel for b in branches for channel in np.moveaxis(b, 1, 0)]
    return np.stack(moved, axis=1)


def split_channels__slices(dy, sizes):
    parts, start = [], 0
    for size in sizes:
        parts.append(dy[:, start : start + size])
        start += size
    return parts


def split_channels__tuple(dy, sizes):
    return tuple(dy[:, sum(sizes[:i]) : sum(sizes[: i + 1])].copy() for i in range(len(sizes)))


def split_channels__owners(dy, sizes):
    owner = np.repeat(np.arange(len(sizes)), sizes)
    return [dy[:, owner == i] for i in range(len(sizes))]


def inception_forward__all_at_once(x, *kernels):
    K, M = (max(w.shape[axis] for w in kernels) for axis in (2, 3))
    padded = []
    for w in kernels:
        a, b = (K - w.shape[2]) // 2, (M - w.shape[3]) // 2
        padded.append(np.pad(w, ((0, 0), (0, 0), (a, a), (b, b))))
    return relu(conv(x, np.concatenate(padded)))


def inception_forward__relu_last(x, *kernels):
    return np.maximum(np.concatenate([conv(x, w) for w in kernels], axis=1), 0)


def inception_forward__einsum(x, *kernels):
    y = []
    for w in kernels:
        K, M = w.shape[2:]
        padded = np.pad(x, ((0, 0), (0, 0), (K // 2, K // 2), (M // 2, M // 2)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (K, M), axis=(2, 3))
        y.append(np.einsum("nchwkm,fckm->nfhw", windows, w))
    return np.where(np.hstack(y) > 0, np.hstack(y), 0)


def inception_backward__all_at_once(dy, x, *kernels):
    K, M = (max(w.shape[axis] for w in kernels) for axis in (2, 3))
    inside = [((K - w.shape[2]) // 2, (M - w.shape[3]) // 2) for w in kernels]
    whole = np.concatenate(
        [np.pad(w, ((0, 0), (0, 0), (a, a), (b, b))) for w, (a, b) in zip(kernels, inside)]
    )
    dx, dw = conv_backward(dy * (conv(x, whole) > 0), x, whole)
    dws, start = [], 0
    for w, (a, b) in zip(kernels, inside):
        dws.append(dw[start : start + len(w), :, a : K - a, b : M - b])
        start += len(w)
    return dx, dws


def inception_backward__sum(dy, x, *kernels):
    starts = np.cumsum([0] + [len(w) for w in kernels])
    both = []
    for start, w in zip(starts, kernels):
        part = dy[:, start : start + len(w)]
        both.append(conv_backward(np.where(conv(x, w) > 0, part, 0), x, w))
    return np.sum([dx for dx, _ in both], axis=0), tuple(dw for _, dw in both)


def inception_backward__masks_from_the_output(dy, x, *kernels):
    y = join(*[relu(conv(x, w)) for w in kernels])
    masked, sizes = dy * np.sign(y), [w.shape[0] for w in kernels]
    dx = np.zeros(x.shape, np.result_type(dy, x))
    dws = []
    for part, w in zip(cut(masked, sizes), kernels):
        gradients = conv_backward(part, x, w)
        dx += gradients[0]
        dws += [gradients[1]]
    return [dx, dws]


def inception_module__helper(c_in=None, spec=None, rng=None):
    if spec is None:
        return module_facts(inception_module__helper)

    def unit(a, b, k):
        return [L.Conv2d(a, b, k, padding="same", rng=rng), L.ReLU()]

    p, q, r, s, t, u = spec
    ways = [unit(c_in, p, 1), unit(c_in, q, 1) + unit(q, r, 3), unit(c_in, s, 1) + unit(s, t, 5)]
    return L.Parallel(
        *[L.Sequential(*way) for way in ways], L.Sequential(L.MaxPool2d(3, 1, 1), *unit(c_in, u, 1))
    )


def inception_module__nested(c_in=None, spec=None, rng=None):
    if spec is None:
        return module_facts(inception_module__nested)
    one, a, three, b, five, pool = spec

    def unit(i, o, k):
        return L.Sequential(L.Conv2d(i, o, k, padding=k // 2, rng=rng), L.ReLU())

    second, third = (
        L.Sequential(unit(c_in, r, 1), unit(r, f, k)) for r, f, k in ((a, three, 3), (b, five, 5))
    )
    fourth = L.Sequential(L.MaxPool2d(3, stride=1, padding=1), unit(c_in, pool, 1))
    return L.Parallel({"one": unit(c_in, one, 1), "three": second, "five": third, "pool": fourth})


def inception_module__pairs(c_in=None, spec=None, rng=None):
    if spec is None:
        return module_facts(inception_module__pairs)
    one, reduce3, three, reduce5, five, pool = spec
    branch1 = L.Sequential(L.Conv2d(c_in, one, (1, 1), rng=rng), L.ReLU())
    branch2 = L.Sequential(L.Conv2d(c_in, reduce3, 1, rng=rng), L.ReLU())
    branch2 = L.Sequential(branch2, L.Conv2d(reduce3, three, (3, 3), padding=(1, 1), rng=rng), L.ReLU())
    branch3 = L.Sequential(L.Conv2d(c_in, reduce5, 1, rng=rng), L.ReLU())
    branch3 = L.Sequential(branch3, L.Conv2d(reduce5, five, (5, 5), padding=(2, 2), rng=rng), L.ReLU())
    branch4 = L.Sequential(
        L.MaxPool2d((3, 3), stride=(1, 1), padding=1), L.Conv2d(c_in, pool, 1, rng=rng), L.ReLU()
    )
    return L.Parallel(branch1, branch2, branch3, branch4)


def build_googlenet__running_channels(rng=None, count=True):
    layers, channels = stem(rng), 192
    for name, spec in MODULES.items():
        if name.endswith("a") and name != "3a":
            layers.append(L.MaxPool2d(3, 2, ceil_mode=True))
        layers.append(module(channels, spec, rng))
        channels = spec[0] + spec[2] + spec[4] + spec[5]
    layers += [L.GlobalAvgPool2d(), L.Flatten(), L.Dropout(0.4, rng=rng), L.Linear(channels, 1000, rng=rng)]
    net = L.Sequential(*layers)
    return googlenet_facts(net) if count else net


def build_googlenet__asked_the_layer(rng=None, count=True):
    layers, shape = stem(rng), (1, 192, 28, 28)
    for name, spec in MODULES.items():
        new = [L.MaxPool2d(3, stride=2, ceil_mode=True)] if name in ["4a", "5a"] else []
        new.append(module(shape[1], spec, rng))
        for layer in new:
            shape = layer.out_shape(shape)
        layers.extend(new)
    net = L.Sequential(
        *layers, L.GlobalAvgPool2d(), L.Flatten(), L.Dropout(0.4), L.Linear(1024, 1000, rng=rng)
    )
    return googlenet_facts(net) if count else net


def build_googlenet__named(rng=None, count=True):
    def pool():
        return L.MaxPool2d(3, stride=2, padding=(0, 0), ceil_mode=True)

    layers = {f"stem{i}": layer for i, layer in enumerate(stem(rng))}
    for name, channels in zip(MODULES, (192, 256, 480, 512, 512, 512, 528, 832, 832)):
        if name[1] == "a" and name[0] in "45":
            layers["pool" + name] = pool()
        layers[name] = module(channels, MODULES[name], rng)
    layers |= {"average": L.GlobalAvgPool2d(), "flat": L.Flatten(), "drop": L.Dropout(0.4, rng=rng)}
    net = L.Sequential(layers | {"scores": L.Linear(1024, 1000, rng=rng)})
    return googlenet_facts(net) if count else net


def build_googlenet__stages(rng=None, count=True):
    enters = iter((192, 256, 480, 512, 512, 512, 528, 832, 832))
    stages = [L.Sequential(*stem(rng))]
    for names in (("3a", "3b"), ("4a", "4b", "4c", "4d", "4e"), ("5a", "5b")):
        pool = [] if len(stages) == 1 else [L.MaxPool2d((3, 3), (2, 2), 0, ceil_mode=True)]
        stages.append(L.Sequential(*pool, *[module(next(enters), MODULES[name], rng) for name in names]))
    head = L.Sequential(
        L.GlobalAvgPool2d(), L.Flatten(), L.Dropout(0.4, rng=rng), L.Linear(1024, 1000, rng=rng)
    )
    net = L.Sequential(*stages, head)
    return googlenet_facts(net) if count else net


def claims__tuple():
    return 7, 8.7, 58, 13, (1, 3)


def claims__computed():
    a, longest, shortest = 6998552, 3 + 9 * 2 + 1, 3 + 9 + 1
    assert longest == 22
    return [round(a / 1e6, 1), round(60965224 / a, 1), 3 + 9 * 6 + 1, shortest, np.array([1, 3])]


def claims__floats():
    return [7.0, 8.7, 58.0, 13.0, [1.0, 3.0]]


def residual_forward__where(x, w1, w2):
    h = conv(x, w1)
    y = x + conv(np.where(h > 0, h, 0), w2)
    return y * (y > 0)


def residual_forward__half_sum(x, w1, w2):
    y = conv((conv(x, w1) + np.abs(conv(x, w1))) / 2, w2) + x
    return (y + np.abs(y)) / 2


def residual_forward__one_line(x, w1, w2):
    return np.clip(np.add(conv(np.clip(conv(x, w1), 0, None), w2), x), 0, None)


def residual_backward__masks(dy, x, w1, w2):
    h = relu(conv(x, w1))
    y = relu(conv(h, w2) + x)
    dz = np.where(y > 0, dy, 0)
    dh, dw2 = conv_backward(dz, h, w2)
    dx, dw1 = conv_backward(np.where(h > 0, dh, 0), x, w1)
    return [dz + dx, dw1, dw2]


def residual_backward__identity_kernel(dy, x, w1, w2):
    eye = np.eye(x.shape[1])[:, :, None, None]
    h = np.maximum(conv(x, w1), 0)
    dz = dy * (conv(h, w2) + conv(x, eye) > 0)
    dh, dw2 = conv_backward(dz, h, w2)
    dx, dw1 = conv_backward(dh * (h > 0), x, w1)
    return dx + conv_backward(dz, x, eye)[0], dw1, dw2


def residual_backward__in_place(dy, x, w1, w2):
    a = conv(x, w1)
    h = relu(a)
    dz = dy.copy()
    dz[conv(h, w2) + x <= 0] = 0
    dh, dw2 = conv_backward(dz, h, w2)
    dh = np.array(dh)
    dh[a <= 0] = 0
    dx, dw1 = conv_backward(dh, x, w1)
    dz += dx
    return dz, dw1, dw2


def projection_forward__picked_pixels(x, w1, w2, ws, stride=2):
    h = relu(conv(x, w1)[:, :, ::stride, ::stride])
    return relu(conv(h, w2) + conv(x[:, :, ::stride, ::stride], ws))


def projection_forward__einsum(x, w1, w2, ws, stride=2):
    shortcut = np.einsum("nchw,fc->nfhw", x[..., ::stride, ::stride], ws[:, :, 0, 0])
    y = shortcut + conv(np.maximum(conv(x, w1, stride), 0), w2, 1)
    return np.where(y > 0, y, 0)


def projection_forward__tensordot(x, w1, w2, ws, stride=2):
    short = np.moveaxis(np.tensordot(ws[..., 0, 0], x[:, :, ::stride, ::stride], axes=(1, 1)), 0, 1)
    return relu(np.add(conv(relu(conv(x, w1, stride=stride)), w2), short))


def projection_backward__picked_pixels(dy, x, w1, w2, ws, stride=2):
    few = x[:, :, ::stride, ::stride]
    h = relu(conv(x, w1, stride))
    dz = np.where(conv(h, w2) + conv(few, ws) > 0, dy, 0)
    dh, dw2 = conv_backward(dz, h, w2)
    dx, dw1 = conv_backward(dh * (h > 0), x, w1, stride)
    dfew, dws = conv_backward(dz, few, ws)
    dx = dx.copy()
    dx[:, :, ::stride, ::stride] += dfew
    return dx, dw1, dw2, dws


def projection_backward__einsum(dy, x, w1, w2, ws, stride=2):
    few, m = x[..., ::stride, ::stride], ws[:, :, 0, 0]
    h = relu(conv(x, w1, stride))
    dz = dy * (conv(h, w2) + np.einsum("nchw,fc->nfhw", few, m) > 0)
    dh, dw2 = conv_backward(dz, h, w2)
    dx, dw1 = conv_backward(dh * (h > 0), x, w1, stride)
    short = np.zeros(x.shape, np.result_type(dy, x))
    short[..., ::stride, ::stride] = np.einsum("nfhw,fc->nchw", dz, m)
    return [dx + short, dw1, dw2, np.einsum("nfhw,nchw->fc", dz, few)[:, :, None, None]]


def projection_backward__shortcut_first(dy, x, w1, w2, ws, stride=2):
    a, s = conv(x, w1, stride), conv(x, ws, stride)
    h = np.maximum(a, 0)
    dz = np.sign(relu(conv(h, w2) + s)) * dy
    dx, dws = conv_backward(dz, x, ws, stride)
    dh, dw2 = conv_backward(dz, h, w2)
    more, dw1 = conv_backward(dh * (a > 0), x, w1, stride)
    return dx + more, dw1, dw2, dws


def resnet50__computed():
    bottleneck = 256 * 64 + 9 * 64 * 64 + 64 * 256
    stages = [(256, 128, 56), (512, 256, 28), (1024, 512, 14)]
    macs = [[c * f * (n // s) ** 2 for s in (1, 2)] for c, f, n in stages]
    return bottleneck, 2 * 9 * 256**2, *macs[0], sum(full - half for full, half in macs)


def resnet50__array():
    return np.array([69632, 1179648, 102760448, 25690112, 231211008])


def resnet50__floats():
    return (69632.0, 1179648.0, 102760448.0, 25690112.0, 3 * 77070336.0)


def dense_channels__range(c0, growth, n):
    return list(range(c0, c0 + growth * n + 1, growth))


def dense_channels__loop(c0, growth, n):
    found = [c0]
    while len(found) <= n:
        found.append(found[-1] + growth)
    return tuple(found)


def dense_channels__numpy(c0, growth, n):
    return (c0 + growth * np.arange(n + 1)).tolist()


def dense_forward__concatenate(x, *kernels):
    y = x
    for w in kernels:
        new = conv(y, w)
        y = np.concatenate([y, new * (new > 0)], axis=1)
    return y


def dense_forward__list(x, *kernels):
    maps = [x]
    for w in kernels:
        maps.append(relu(conv(np.hstack(maps), w)))
    return np.hstack(maps)


def dense_forward__recursive(x, *kernels):
    def grown(x, kernels):
        return grown(join(x, relu(conv(x, kernels[0]))), kernels[1:]) if kernels else x

    return grown(x, kernels)


def dense_backward__one_array(dy, x, *kernels):
    y, widths = x, [x.shape[1]]
    for w in kernels:
        y = np.concatenate([y, relu(conv(y, w))], axis=1)
        widths.append(y.shape[1])
    gradient = np.array(dy, dtype=np.result_type(dy, x, *kernels))
    dws = [None] * len(kernels)
    for i in reversed(range(len(kernels))):
        start, stop = widths[i], widths[i + 1]
        d, dws[i] = conv_backward(gradient[:, start:stop] * (y[:, start:stop] > 0), y[:, :start], kernels[i])
        gradient[:, :start] += d
    return gradient[:, : widths[0]], dws


def dense_backward__recursive(dy, x, *kernels):
    def back(dy, x, kernels):
        if not kernels:
            return dy, []
        w = kernels[0]
        new = relu(conv(x, w))
        dy, dws = back(dy, np.hstack([x, new]), kernels[1:])
        d, dw = conv_backward(np.where(new > 0, dy[:, x.shape[1] :], 0), x, w)
        return dy[:, : x.shape[1]] + d, [dw, *dws]

    return back(dy, x, kernels)


def dense_backward__tuple(dy, x, *kernels):
    kept, y, found = [], x, ()
    for w in kernels:
        z = conv(y, w)
        kept.append((y, z, w))
        y = join(y, relu(z))
    for y, z, w in kept[::-1]:
        c = y.shape[1]
        dx, dw = conv_backward(dy[:, c:] * (z > 0), y, w)
        dy, found = dx + dy[:, :c], (dw, *found)
    return dy, found


def densenet121__computed():
    channels, found, depths = 64, [], (6, 12, 24, 16)
    for depth in depths:
        channels += 32 * depth
        found.append(channels)
        channels //= 2
    last = found[-1]
    return (
        found,
        [1, 2 * sum(depths), len(depths) - 1, 1],
        [(last - 32) * 128, 128 * 32 * 9],
        (last + 1) * 1000,
    )


def densenet121__arrays():
    return [np.array([256, 512, 1024, 1024]), np.array([1, 116, 3, 1]), np.array([126976, 36864]), 1025000]


def densenet121__floats():
    return ((256.0, 512.0, 1024.0, 1024.0), (1.0, 116.0, 3.0, 1.0), (126976.0, 36864.0), 1025000.0)


def mended_heads__joined(dmain, daux, x, w1, w2, w3):
    h = relu(conv(x, w1))
    dh, dw2 = conv_backward(dmain, h, w2)
    more, dw3 = conv_backward(daux, h, w3)
    dx, dw1 = conv_backward(np.where(h > 0, dh + 0.3 * more, 0), x, w1)
    return dx, dw1, dw2, 0.3 * dw3


def mended_heads__in_place(dmain, daux, x, w1, w2, w3):
    h = relu(conv(x, w1))
    dh, dw2 = conv_backward(dmain, h, w2)
    d, dw3 = conv_backward(0.3 * daux, h, w3)
    dh = dh + d
    dx, dw1 = conv_backward(dh * (h > 0), x, w1)
    return [dx, dw1, dw2, dw3]


def mended_heads__masked_apart(dmain, daux, x, w1, w2, w3):
    a = conv(x, w1)
    h, mask = relu(a), a > 0
    (d2, dw2), (d3, dw3) = conv_backward(dmain, h, w2), conv_backward(daux * 0.3, h, w3)
    one, other = conv_backward(d2 * mask, x, w1), conv_backward(d3 * mask, x, w1)
    return one[0] + other[0], one[1] + other[1], dw2, dw3


def quiz__capitals():
    return {"q1": "A", "q2": "C", "q3": "B", "q4": "B", "q5": "B"}


def quiz__brackets():
    return {"q1": "(a)", "q2": "(c)", "q3": "(b)", "q4": "(b)", "q5": "(b)"}


def quiz__zip():
    return dict(zip(["q1", "q2", "q3", "q4", "q5"], "acbbb"))
