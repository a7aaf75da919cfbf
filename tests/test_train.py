"""The training loop: it learns, repeats itself, records what happened, and shows a sensible line."""

from __future__ import annotations

import io
import json
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from cnnkit import functional as F
from cnnkit.data import digits, split
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential
from cnnkit.optim import SGD, StepLR
from cnnkit.train import History, evaluate, fit, predict
from cnnkit.train.progress_line import ProgressLine


def blobs(count: int = 90) -> tuple[Any, Any]:
    """Return three clouds of points that a small network tells apart."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3
    centres = np.array([[3, 0], [-3, 2], [0, -4]])
    return (centres[labels] + rng.standard_normal((count, 2))).astype(np.float32), labels


def small_net(seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    return Sequential(
        Linear(2, 16, rng=rng), BatchNorm1d(16), ReLU(), Dropout(0.1, rng=rng), Linear(16, 3, rng=rng)
    )


def test_a_run_learns_and_records_every_step_and_epoch() -> None:
    x, labels = blobs()
    net = small_net()
    history = fit(
        net, x, labels, epochs=5, batch_size=40, validation=(x, labels), progress=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert history.step == [3, 6, 9, 12, 15]
    assert len(history.loss) == len(history.gradient_norm) == len(history.learning_rate) == 15
    assert len(history.train_loss) == len(history.validation_accuracy) == len(history.seconds) == 5
    assert history.validation_accuracy[-1] > 0.95 > history.train_accuracy[0]
    assert all(norm > 0 for norm in history.gradient_norm)
    assert not net.training
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history


def test_the_mean_of_an_epoch_weighs_batches_by_their_size() -> None:
    x, labels = blobs(5)
    history = fit(
        Linear(2, 3, rng=np.random.default_rng(0)), x, labels, batch_size=4, progress=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert history.train_loss[0] == pytest.approx((4 * history.loss[0] + history.loss[1]) / 5)


def test_the_same_seed_repeats_a_run_and_another_does_not() -> None:
    def losses(seed: int) -> list[float]:
        rng = np.random.default_rng(seed)
        return fit(small_net(seed), *blobs(), epochs=2, rng=rng, progress=False).loss

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_labels_stay_with_their_examples_and_all_are_seen_once_an_epoch() -> None:
    seen: list[Any] = []

    def note(batch: Any, rng: np.random.Generator) -> Any:
        seen.append(batch[:, 0])
        return batch

    x = np.arange(10, dtype=np.float32).reshape(10, 1)
    fit(
        Linear(1, 2), x, np.zeros(10, int), batch_size=4, augment=note, progress=False,
        rng=np.random.default_rng(3),
    )  # fmt: skip
    order = np.concatenate(seen)
    assert sorted(order) == list(range(10)) and list(order) != list(range(10))


def test_validation_is_not_augmented_and_changes_no_statistics() -> None:
    x, labels = blobs()
    net = small_net().eval()
    before = {name: value.copy() for name, value in net.state_dict().items()}
    loss, accuracy = evaluate(net, x, labels)
    assert loss > 0 and 0 <= accuracy <= 1
    after = net.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_schedule_moves_the_learning_rate_after_each_epoch() -> None:
    x, labels = blobs()
    net = small_net()
    optimizer = SGD(net.parameters(), lr=0.1)
    schedule = StepLR(optimizer, 1, gamma=0.5)
    history = fit(
        net, x, labels, epochs=3, batch_size=90, optimizer=optimizer, schedule=schedule, progress=False
    )
    assert history.learning_rate == [0.1, 0.05, 0.025]


def test_twenty_images_can_be_learned_by_heart() -> None:
    x, labels = digits()
    chosen = np.random.default_rng(0).choice(len(x), 20, replace=False)
    rng = np.random.default_rng(0)
    net = Sequential(Conv2d(1, 4, 5, rng=rng), ReLU(), MaxPool2d(2), Flatten(), Linear(576, 10, rng=rng))
    history = fit(net, x[chosen], labels[chosen], epochs=40, rng=rng, progress=False)
    assert history.train_accuracy[-1] == 1.0


def test_real_digits_are_learned() -> None:
    rng = np.random.default_rng(0)
    train, test = split(*digits(), rng=rng)
    net = Sequential(
        Conv2d(1, 6, 5, padding=2, rng=rng), ReLU(), MaxPool2d(2),
        Conv2d(6, 16, 5, rng=rng), ReLU(), MaxPool2d(2), Flatten(), Linear(400, 10, rng=rng),
    )  # fmt: skip
    history = fit(net, *train, epochs=3, validation=test, rng=rng, progress=False)
    assert history.validation_accuracy[-1] > 0.93


def test_predict_goes_in_batches_and_keeps_the_mode() -> None:
    x, _ = blobs(10)
    net = small_net()
    one = predict(net, x, batch_size=3)
    np.testing.assert_allclose(one, predict(net, x, batch_size=100), atol=1e-6)
    assert net.training and predict(net, x[:0]).shape == (0, 3)


def test_a_file_gets_one_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    x, labels = blobs()
    fit(small_net(), x, labels, epochs=2, validation=(x, labels))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2"]
    assert "validation loss" in lines[1] and "\r" not in lines[1]


def test_a_terminal_overwrites_its_line() -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    line = ProgressLine(terminal)
    line.now("one of three")
    line.now("two")
    line.done("all")
    assert terminal.getvalue() == "\rone of three\rtwo         \rall\n"


def test_a_saved_notebook_keeps_the_finished_epochs_only() -> None:
    code = (
        "import numpy as np\nfrom cnnkit.layers import Linear\nfrom cnnkit.train import fit\n"
        "_ = fit(Linear(2, 3), np.ones((30, 2)), np.zeros(30, int), epochs=3, batch_size=2)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    lines = output["data"]["text/plain"].splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2", "epoch 3"]


BAD = [
    (lambda: fit(Linear(2, 3), np.ones((3, 2)), [0, 1]), ShapeError, r"fit: x has shape \(3, 2\)"),
    (lambda: fit(Linear(2, 3), np.ones((0, 2)), []), ShapeError, "at least 1 long"),
    (lambda: fit(Linear(2, 3), np.ones((2, 2)), [0, 1], epochs=0), ShapeError, "fit: epochs is 0"),
    (lambda: fit(Linear(2, 3), np.ones((2, 2)), [0, 3]), ValueError, "3"),
    (lambda: fit(ReLU(), np.ones((2, 2)), [0, 1]), UsageError, "no parameters"),
    (lambda: evaluate(Linear(2, 3), np.ones((2, 2)), [0]), ShapeError, "evaluate: x has shape"),
    (lambda: History.from_dict({"los": [1]}), UsageError, "los is unknown"),
]


@pytest.mark.parametrize("call, error, said", BAD)
def test_bad_input_gets_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        call()


def test_fit_leaves_out_the_gradient_of_the_images_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((8, 1, 6, 6)).astype(np.float32), np.arange(8) % 2

    def network() -> Sequential:
        seed = np.random.default_rng(1)
        return Sequential(Sequential(Conv2d(1, 2, 3, rng=seed), ReLU()), Flatten(), Linear(32, 2, rng=seed))

    seen: list[Any] = []

    class Watched(Conv2d):
        def backward(self, dy: Any) -> Any:
            seen.append(super().backward(dy))
            return seen[-1]

    fitted, by_hand = network(), network()
    fitted[0][0].__class__ = Watched
    fit(fitted, x, labels, batch_size=8, optimizer=SGD(fitted.parameters(), lr=0.1), progress=False)
    assert seen == [None]
    by_hand.backward(F.cross_entropy_backward(by_hand(x), labels))
    SGD(by_hand.parameters(), lr=0.1).step()
    for ours, theirs in zip(fitted.parameters(), by_hand.parameters(), strict=True):
        np.testing.assert_allclose(ours.data, theirs.data, atol=1e-6)
    dx = fitted.backward(F.cross_entropy_backward(fitted(x), labels))
    assert dx.shape == x.shape
