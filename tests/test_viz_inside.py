"""The activations explorer and the style frames: numbers, words, code, pictures, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, ReLU, Sequential
from cnnkit.models import lenet5, squeezenet1_1
from cnnkit.viz.inside import ready
from cnnkit.viz.inside.album import album, heated
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet
from tests.test_viz import moves, walk

RNG = np.random.default_rng(0)
DIGITS = RNG.random((3, 1, 28, 28), dtype=np.float32)
LENET = lenet5(rng=RNG)
COLOURED = (100 * RNG.standard_normal((2, 3, 41, 57))).astype(np.float32)
SQUEEZENET = squeezenet1_1(7, rng=RNG)
WIDE = Sequential(
    *(Conv2d(3, 300, 3, stride=2, padding=1, rng=RNG), MaxPool2d(3), GlobalAvgPool2d(), Flatten()),
    Linear(300, 4, rng=RNG),
)
NAMES = ["ant", "bee", "a beetle with a very long name indeed", "cow", "dog", "eel", "fox"]
FILM = RNG.random((3, 4, 8, 6, 3))
SEEN, PAINTING = RNG.random(COLOURED.shape), RNG.random((9, 3, 3))
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "explorer": lambda: viz.activations_explorer(LENET, DIGITS),
    "explorer, modules": lambda: viz.activations_explorer(
        SQUEEZENET, COLOURED, shown=SEEN, names=NAMES, layer=3, channel=5
    ),
    "explorer, many maps": lambda: viz.activations_explorer(WIDE, COLOURED),
    "frames": lambda: viz.style_frames(FILM, weights=(0.5, 2, 300), steps=(0, 1, 10, 120)),
    "frames, painting": lambda: viz.style_frames(
        FILM[:1, :, :2],
        weights=[1],
        steps=(0, 5, 6, 7),
        content=FILM[0, 0],
        style=PAINTING,
        step=1,
    ),
}
NETS = {
    "explorer": (LENET, DIGITS),
    "explorer, modules": (SQUEEZENET, COLOURED),
    "explorer, many maps": (WIDE, COLOURED),
}
every_figure = pytest.mark.parametrize("name", FIGURES)
every_explorer = pytest.mark.parametrize("name", NETS)


# --- The explorer


def stages(net: Sequential) -> list[tuple[str, list[Any]]]:
    """Name every layer, those of a Sequential inside too, with what runs up to it and its ReLU."""
    flat: list[tuple[str, Any]] = []
    for name, part in net.layers.items():
        inside = part.layers if isinstance(part, Sequential) else {}
        flat += [(f"{name}.{below}", layer) for below, layer in inside.items()] or [(name, part)]
    found, run = [], []
    for name, layer in flat:
        run = [*run, layer]
        if type(layer).__name__ in ("ReLU", "Dropout"):
            found[-1] = (found[-1][0], run)
        else:
            found.append((name, run))
    return found


@every_explorer
def test_maps_and_answers_are_those_of_the_network(name: str) -> None:
    net, images = NETS[name]
    net.eval()
    for demo in walk(FIGURES[name](), steps=30):
        state, facts = demo.state, demo.facts()
        x = images[state["picture"] : state["picture"] + 1]
        (run,) = [run for stage, run in stages(net) if stage == facts["layer"]]
        maps = x
        for layer in run:
            maps = layer(maps)
        assert facts["shape"] == maps[0].shape
        values = maps[0, state["channel"]]
        assert facts["strongest"] == pytest.approx(float(values.max()), rel=1e-5)
        assert values[facts["at"]] == values.max()
        assert facts["zeros"] == pytest.approx(np.mean([value == 0 for value in values.ravel()]))
        scores = net(x)[0]
        assert facts["answer"] == max(range(len(scores)), key=lambda k: scores[k])


@every_explorer
def test_the_unit_has_seen_the_frame_and_nothing_else(name: str) -> None:
    net, images = NETS[name]
    net.eval()
    for demo in walk(FIGURES[name](), steps=12):
        state, facts = demo.state, demo.facts()
        (run,) = [run for stage, run in stages(net) if stage == facts["layer"]]
        top, left, bottom, right = facts["field"]
        assert 0 <= top <= bottom < images.shape[2] and 0 <= left <= right < images.shape[3]
        changed = np.random.default_rng(1).standard_normal(images[:1].shape).astype(np.float32)
        inside = images[state["picture"]][:, top : bottom + 1, left : right + 1]
        changed[0, :, top : bottom + 1, left : right + 1] = inside
        for layer in run:
            changed = layer(changed)
        value = changed[0, state["channel"]][facts["at"]]
        assert value == pytest.approx(facts["strongest"], rel=1e-4, abs=1e-4)


def test_stages_are_layers_and_modules_with_maps() -> None:
    def names(demo: viz.Demo) -> list[str]:
        (slider,) = [control for control in demo.controls if control.name == "layer"]
        return [demo.set(layer=i).facts()["layer"] for i in moves(slider, demo.state)]

    assert names(FIGURES["explorer"]()) == ["c1", "s2", "c3", "s4"]
    modules = names(FIGURES["explorer, modules"]())
    assert modules[:4] == ["features.0", "features.2", "features.3", "features.4"]
    assert modules[-1] == "classifier.1"


def test_channels_follow_the_layer() -> None:
    demo = viz.activations_explorer(LENET, DIGITS, layer=3, channel=15)
    assert demo.set(layer=0).state["channel"] == 5
    with pytest.raises(UsageError, match="channel is 6, but here it must be a whole number from 0 to 5"):
        demo.set(channel=6)


def test_the_figure_keeps_the_network_as_it_was() -> None:
    net = lenet5(rng=np.random.default_rng(1)).train()
    demo = viz.activations_explorer(net, DIGITS)
    before = demo.facts()
    for parameter in net.parameters():
        parameter.data = 0 * parameter.data
    fresh = demo.set(picture=1).set(picture=0)
    assert fresh.facts() == before and net.training


def test_silent_maps_are_called_silent_and_have_no_frame() -> None:
    net = Sequential(Conv2d(1, 2, 3, rng=np.random.default_rng(0)), ReLU(), Flatten(), Linear(2 * 26 * 26, 3))
    net[0].weight.data[0], net[0].bias.data[0] = 0, -1
    demo = viz.activations_explorer(net, DIGITS)
    assert "Map 0 is silent" in demo.status and "silent: nothing above 0" in demo.svg
    assert "has seen" not in demo.status and "has seen 3 × 3 pixels" in demo.set(channel=1).status


def test_names_are_shown_and_long_ones_cut() -> None:
    demo = FIGURES["explorer, modules"]()
    shown = [name for name in [*NAMES, "a beetle with a very long…"] if f">{name}</text>" in demo.svg]
    assert len(shown) == 3 and NAMES[2] not in shown
    assert NAMES[demo.facts()["answer"]] in demo.status


# --- The frames


@pytest.mark.parametrize("name", ["frames", "frames, painting"])
def test_frames_are_those_that_were_kept(name: str) -> None:
    film = FILM if name == "frames" else FILM[:1, :, :2]
    weights, steps = ((0.5, 2, 300), (0, 1, 10, 120)) if name == "frames" else ((1,), (0, 5, 6, 7))
    for demo in walk(FIGURES[name](), steps=40):
        row, column = demo.state["weight"], demo.state["step"]
        assert (demo.facts()["weight"], demo.facts()["step"]) == (weights[row], steps[column])
        frame, first = film[row, column], film[row, 0]
        changes = [abs(one - other) for one, other in zip(frame.ravel(), first.ravel(), strict=True)]
        assert demo.facts()["changed"] == pytest.approx(sum(changes) / len(changes))
        for colour in range(3):
            assert demo.facts()["colour"][colour] == pytest.approx(frame[..., colour].mean())
        assert f"after {steps[column]} step" in demo.status


def test_the_strip_holds_all_frames_and_outlines_one() -> None:
    demo = FIGURES["frames"]()
    assert demo.svg.count("<image") == 12 + 2  # the photograph and the frame, no painting
    assert FIGURES["frames, painting"]().svg.count("<image") == 4 + 3
    assert demo.svg.count('stroke-width="3"') == 1


# --- Both


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    net, images = NETS.get(name, (None, None))
    film = FILM if name == "frames" else FILM[:1, :, :2]
    for demo in walk(FIGURES[name](), steps=15):
        space: dict[str, Any] = {"net": net, "images": images, "frames": film}
        exec(demo.code(), space)
        facts = demo.facts()
        if net is None:
            np.testing.assert_allclose(space["changed"], facts["changed"])
            np.testing.assert_allclose(space["colour"], facts["colour"])
        else:
            assert (space["at"], space["strongest"]) == (facts["at"], pytest.approx(facts["strongest"]))


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=40):
        stays_on_the_sheet(demo)


@every_figure
def test_each_control_changes_what_is_said(name: str) -> None:
    for control in FIGURES[name]().controls:
        demo = FIGURES[name]()
        said = {(demo.set(**{control.name: move}).alt, demo.status) for move in moves(control, demo.state)}
        assert len(said) > 1 or len(moves(control, demo.state)) == 1, control.name


@every_figure
def test_alt_and_status_are_sentences(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=30):
        speaks_in_sentences(demo)


@every_figure
def test_a_state_brings_another_figure_to_the_same_place(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=10):
        comes_back(FIGURES[name](), demo)


@every_figure
def test_the_widgets_are_made_and_the_timeline_moves(name: str) -> None:
    demo = FIGURES[name]()
    assert demo.timeline is not None and len(demo.ui.children) >= 3
    low, high = demo.timeline.limits(demo.state)
    assert demo.frame(high - low) == demo.set(**{demo.timeline.name: high}).svg


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.activations_explorer(LENET, DIGITS[0]), r"images has shape \(1, 28, 28\)"),
    (lambda: viz.activations_explorer(LENET, DIGITS[:0]), "1 to 100 pictures"),
    (lambda: viz.activations_explorer(LENET, DIGITS, shown=DIGITS[:2]), r"shown has shape \(2, 1, 28, 28\)"),
    (lambda: viz.activations_explorer(LENET, DIGITS, names=["a"]), "1 names, but the network has 10 classes"),
    (lambda: viz.activations_explorer(ReLU(), DIGITS), "net is a ReLU"),  # type: ignore[arg-type]
    (lambda: viz.activations_explorer(Sequential(ReLU()), DIGITS), "must have maps and end in one row"),
    (lambda: viz.activations_explorer(Sequential(Flatten()), DIGITS), "must have maps and end in one row"),
    (lambda: viz.activations_explorer(LENET, COLOURED), "x has shape"),
    (lambda: viz.activations_explorer(LENET, DIGITS, layer=4), "layer is 4, but here it must be"),
    (lambda: viz.activations_explorer(LENET, DIGITS, picture=3), "picture is 3"),
    (lambda: viz.style_frames(FILM[0], weights=[1], steps=[0]), r"frames has shape \(4, 8, 6, 3\)"),
    (lambda: viz.style_frames(FILM, weights=[1], steps=(0, 1, 2, 3)), "1 weights and 4 steps"),
    (lambda: viz.style_frames([[FILM[0, 0], FILM[0, 0, :2]]], weights=[1], steps=(0, 1)), "differ in size"),
    (lambda: viz.style_frames(FILM.repeat(2, 0), weights=range(6), steps=range(4)), "at most 5 and 9"),
    (lambda: viz.style_frames(FILM, weights=range(3), steps=range(4), content=FILM), "content has shape"),
    (lambda: viz.style_frames(FILM, weights=range(3), steps=range(4), style=[1]), "style has shape"),
    (lambda: viz.style_frames(FILM, weights=range(3), steps=range(4), step=4), "step is 4"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


# --- The album, and what the chapter goes on with


def test_an_album_has_rows_of_any_length_and_a_description() -> None:
    rows = [{"grey": PAINTING[..., 0], "colour": PAINTING}, {"heat": heated(SEEN[0], SEEN[0, 0])}]
    shown = album(rows, alt="Three pictures.", reading="orange: the map")
    assert shown.png.startswith(b"\x89PNG") and repr(shown) == "Three pictures."
    assert album({"one": PAINTING}, alt="One.").png != shown.png


def test_heat_is_orange_where_the_map_is_largest_and_absent_where_it_is_not_positive() -> None:
    grey, heat = np.full((3, 2, 3), 0.5), np.array([[4.0, 2.0, 0.0], [-1.0, 0.0, 0.0]])
    shown = heated(grey, heat)
    np.testing.assert_allclose(shown[0, 0], [1, 0.5, 0.1])
    np.testing.assert_allclose(shown[0, 1], [0.65, 0.4, 0.2])
    np.testing.assert_allclose(shown[1], 0.3)
    np.testing.assert_allclose(heated(grey, 0 * heat), 0.3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: album([], alt="None."), "at least one picture"),
        (lambda: album([{"a": PAINTING}, {}], alt="One."), "at least one picture"),
        (lambda: album({"a": PAINTING}, alt=" "), "needs alt"),
        (lambda: heated(PAINTING[..., 0], PAINTING[..., 0]), "must be"),
        (lambda: heated(SEEN[0], SEEN[0, 0, 1:]), "must be"),
    ],
)
def test_an_album_that_cannot_be_shown_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


def test_occlusion_covers_one_square_at_a_time() -> None:
    x = RNG.standard_normal((1, 2, 7, 5))
    w = RNG.standard_normal((2, 7, 5))
    falls = ready.occlusion(lambda some: (some * w).sum(axis=(2, 3)), x, 1, 3, 2)
    assert falls.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        part = (x[0, 1] * w[1])[2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        assert falls[i, j] == pytest.approx(sum(part.ravel()))


def test_a_jittered_gradient_fits_the_picture_where_it_is() -> None:
    x, w = RNG.standard_normal((2, 1, 2, 4, 5))[:, 0]
    got = ready.jittered(lambda moved: w * moved, x, 1, -2)
    for c, i, j in np.ndindex(x.shape):
        assert got[c, i, j] == pytest.approx(w[c, (i + 1) % 4, (j - 2) % 5] * x[c, i, j])


def test_gathered_gradients_are_the_sum_of_those_of_each_loss() -> None:
    net = [Conv2d(1, 2, 3, rng=RNG, dtype=np.float64), ReLU(), MaxPool2d(2), ReLU()]
    x, outputs = RNG.standard_normal((2, 1, 8, 8)), []
    y = x
    for layer in net:
        y = layer(y)
        outputs.append(y)
    gradients = {k: RNG.standard_normal(outputs[k].shape) for k in (0, 2)}
    together = ready.gather(net, gradients)
    apart = [ready.gather(net, {k: gradient}) for k, gradient in gradients.items()]
    np.testing.assert_allclose(together, apart[0] + apart[1], rtol=1e-12, atol=1e-12)
