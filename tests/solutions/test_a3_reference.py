"""Is the reference of assignment 3 right, by what PyTorch, SciPy and float64 say?"""

from __future__ import annotations

import copy
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from solutions.a3_fashion_mnist import notebook, questions

Tensor = torch.Tensor
few_examples = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**31 - 1)
sizes_of_batches = st.lists(st.integers(2, 9), min_size=1, max_size=4)


def small_network(seed: int, inputs: int = 6, classes: int = 4) -> nn.Sequential:
    """Batch norm and dropout, with weights and statistics that are not those of a fresh network, and old gradients."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(inputs, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, classes)
    )
    model(torch.randn(9, inputs)).square().sum().backward()
    return model


def state_of(model: nn.Module) -> list[Tensor]:
    gradients = [parameter.grad for parameter in model.parameters()]
    return [value.clone() for value in (*model.state_dict().values(), *gradients) if value is not None]


def assert_same(before: list[Tensor], after: list[Tensor]) -> None:
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert torch.equal(one, other)


def one_step(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> float:
    """A step of training by `torch.autograd.grad`, which adds to no gradient."""
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    return float(loss.detach())


# ---- make_splits and normalisation ----


@few_examples
@given(st.integers(2, 60), seeds, st.data())
def test_a_split_holds_every_example_once_and_is_drawn_from_the_seed_alone(
    length: int, seed: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, length - 1))
    dataset = [i**2 for i in range(length)]
    state = torch.get_rng_state()
    parts = notebook.make_splits(dataset, validation=count, seed=seed)
    torch.rand(3)
    again = notebook.make_splits(dataset, validation=count, seed=seed)
    torch.set_rng_state(state)
    training, validation = map(list, parts)
    assert (len(training), len(validation)) == (length - count, count)
    assert sorted(training + validation) == dataset
    assert [list(part) for part in again] == [training, validation]
    for impossible in (0, length, length + count, -count):
        with pytest.raises(ValueError, match="aside"):
            notebook.make_splits(dataset, validation=impossible, seed=seed)


def test_splits_of_many_seeds_are_like_draws_without_replacement() -> None:
    state = torch.get_rng_state()
    chosen = np.zeros((400, 20), bool)
    for seed in range(400):
        chosen[seed, list(notebook.make_splits(range(20), validation=5, seed=seed)[1])] = True
    assert torch.equal(torch.get_rng_state(), state)
    assert abs(chosen.mean(axis=0) - 0.25).max() < 0.1
    together = chosen.astype(float).T @ chosen / 400  # 5·4/(20·19) for each pair
    assert abs(together[~np.eye(20, dtype=bool)] - 20 / 380).max() < 0.06


@few_examples
@given(seeds, st.integers(1, 9), st.integers(1, 4), st.integers(1, 7), st.integers(2, 8))
def test_normalisation_is_numpys(seed: int, n: int, channels: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.uniform(size=(n, channels, height, width)) + rng.uniform(0, 100, size=(1, channels, 1, 1))
    mean, std = notebook.normalisation(torch.tensor(pixels))
    np.testing.assert_allclose(mean, pixels.mean(axis=(0, 2, 3)), rtol=1e-9)
    np.testing.assert_allclose(std, pixels.std(axis=(0, 2, 3), ddof=1), rtol=1e-9)
    normalised = (torch.tensor(pixels) - mean[:, None, None]) / std[:, None, None]
    assert normalised.mean(dim=(0, 2, 3)).abs().max() < 1e-6


# ---- FashionCNN ----


@pytest.mark.parametrize("seed", range(3))
def test_the_network_judges_each_image_by_itself_and_its_state_is_everything(seed: int) -> None:
    torch.manual_seed(seed)
    model, images = notebook.FashionCNN(), torch.rand(7, 1, 28, 28)
    assert sum(parameter.numel() for parameter in model.parameters()) <= 120_000
    for _ in range(2):
        assert model(images + torch.randn_like(images) / 4).shape == (7, 10)
    twin, order = notebook.FashionCNN().eval(), torch.randperm(7)
    twin.load_state_dict(model.eval().state_dict())
    with torch.no_grad():
        logits = model(images)
        torch.testing.assert_close(model(images[order]), logits[order], rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(model(images[3:4]), logits[3:4], rtol=1e-3, atol=1e-4)
        assert torch.equal(twin(images), logits)
    assert logits.std(dim=0).min() > 1e-4


def test_a_gradient_reaches_every_weight() -> None:
    torch.manual_seed(4)
    model = notebook.FashionCNN()
    nn.functional.cross_entropy(model(torch.rand(8, 1, 28, 28)), torch.arange(8)).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().max() > 0 for parameter in model.parameters())


def test_a_network_that_lies_about_its_size_is_refused() -> None:
    class Liar(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv2d(1, 100, 5, stride=2), nn.Linear(100 * 144, 10)
            for parameter in self.parameters():
                parameter.numel = lambda: 1  # type: ignore[method-assign]

        def forward(self, images: Tensor) -> Tensor:
            return self.head(self.conv(images).relu().flatten(1))  # type: ignore[no-any-return]

        def named_parameters(self, *args: Any, **kwargs: Any) -> Any:
            return iter([])

    for seed in range(2):
        data = questions.question_FashionCNN(Liar, np.random.default_rng(seed))
        assert "the number of parameters" in questions.network_is_sound(data, np.random.default_rng(seed))


# ---- initial_loss, evaluate, predict, capture_features: what they measure, and what they leave behind ----


@few_examples
@given(seeds, st.integers(1, 9), st.integers(2, 10), st.booleans())
def test_initial_loss_is_the_cross_entropy_in_float64(seed: int, n: int, classes: int, mode: bool) -> None:
    model = small_network(seed, classes=classes).train(mode)
    images, labels = 20 * torch.randn(n, 6), torch.randint(classes, (n,))
    before = state_of(model)
    got = notebook.initial_loss(model, images, labels)
    logits = copy.deepcopy(model).eval().double()(images.double()).detach().numpy()
    expected = -scipy.special.log_softmax(logits, axis=1)[np.arange(n), labels].mean()
    assert isinstance(got, float)
    assert got == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert_same(before, state_of(model))
    assert all(part.training == mode for part in model.modules())


@few_examples
@given(seeds, sizes_of_batches, st.lists(st.booleans(), min_size=7, max_size=7))
def test_evaluate_counts_hits(seed: int, sizes: list[int], modes: list[bool]) -> None:
    model = small_network(seed).eval()
    batches = [(torch.randn(n, 1, 2, 3), torch.randint(4, (n,))) for n in sizes]
    with torch.no_grad():
        pairs = [pair for batch in batches for pair in zip(*batch, strict=True)]
        hits = sum(int(label == model(image[None]).argmax()) for image, label in pairs)
    for part, mode in zip(model.modules(), modes, strict=True):
        part.training = mode
    before = state_of(model)
    assert notebook.evaluate(model, iter(batches), torch.device("cpu")) == hits / sum(sizes)
    assert_same(before, state_of(model))
    assert [part.training for part in model.modules()] == modes
    assert torch.is_grad_enabled()


@few_examples
@given(seeds, st.integers(1, 7), st.integers(2, 8), st.booleans(), st.data())
def test_predict_sorts_the_softmax(seed: int, n: int, classes: int, mode: bool, data: st.DataObject) -> None:
    top = data.draw(st.integers(1, classes))
    model = small_network(seed, classes=classes).train(mode)
    images, before = torch.randn(n, 1, 2, 3), state_of(model)
    probabilities, labels = notebook.predict(model, images, top=top)
    logits = copy.deepcopy(model).eval().double()(images.double()).detach().numpy()
    expected = scipy.special.softmax(logits, axis=1)
    order = np.argsort(-expected, axis=1)[:, :top]
    np.testing.assert_array_equal(labels, order)
    np.testing.assert_allclose(probabilities, np.take_along_axis(expected, order, 1), atol=1e-5)
    assert not probabilities.requires_grad
    assert_same(before, state_of(model))
    assert all(part.training == mode for part in model.modules())


@few_examples
@given(seeds, st.integers(1, 300), st.integers(1, 9))
def test_confusion_matrix_counts_every_pair(seed: int, n: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    labels, predictions = rng.integers(classes, size=(2, n))
    expected = np.zeros((classes, classes), int)
    np.add.at(expected, (labels, predictions), 1)
    got = notebook.confusion_matrix(torch.tensor(labels), torch.tensor(predictions), classes)
    assert got.dtype == torch.int64
    np.testing.assert_array_equal(got, expected)


@few_examples
@given(seeds, st.integers(1, 5), st.booleans())
def test_features_are_what_each_layer_gives_out(seed: int, n: int, mode: bool) -> None:
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(inplace=True)), nn.Flatten(), nn.Linear(36, 4)
    )
    model(torch.randn(6, 1, 6, 5) + 1)
    model.train(mode)
    calls: list[int] = []
    handle = model[0][0].register_forward_hook(lambda *_: calls.append(1))
    images, before = torch.randn(n, 1, 6, 5), state_of(model)
    features = notebook.capture_features(model, images, ["0.0", "0.1", "0", "2"])
    x, (conv, norm, _), expected = images, model[0], {}
    with torch.no_grad():
        x = expected["0.0"] = nn.functional.conv2d(x, conv.weight, conv.bias)
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        x = expected["0.1"] = (x - norm.running_mean[:, None, None]) * scale[:, None, None] + norm.bias[:, None, None]
        x = expected["0"] = x.clamp(min=0)
        expected["2"] = nn.functional.linear(x.flatten(1), model[2].weight, model[2].bias)
    torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-4)
    assert_same(before, state_of(model))
    assert all(part.training == mode for part in model.modules())
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        notebook.capture_features(model, torch.randn(n, 1, 6, 7), ["0.0"])
    assert [list(part._forward_hooks) for part in model.modules() if part._forward_hooks] == [[handle.id]]
    assert len(calls) == 2


# ---- training ----


@pytest.mark.parametrize(("seed", "width"), [(0, 0), (1, 9)])
def test_sixteen_images_are_learnt_by_heart_and_the_accuracy_is_that_of_the_weights(seed: int, width: int) -> None:
    torch.manual_seed(seed)
    layers = [nn.Linear(25, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.1)] if width else []
    model = nn.Sequential(nn.Flatten(), *layers, nn.Linear(width or 25, 4))
    images, labels = torch.randn(16, 1, 5, 5), torch.randint(4, (16,))
    twins, start = images[:1].repeat(8, 1, 1, 1), copy.deepcopy(model)
    for steps in (0, 3, 300):
        before = state_of(model)[0]
        got = notebook.overfit_one_batch(model, images, labels, steps=steps)
        with torch.no_grad():
            assert got == pytest.approx((model.eval()(images).argmax(1) == labels).double().mean().item())
        assert torch.equal(before, state_of(model)[0]) == (steps == 0)
    assert got == 1
    half = notebook.overfit_one_batch(start, twins, torch.tensor([0, 1, 1, 1, 1, 2, 2, 3]), steps=200)
    assert half == pytest.approx(0.5)


LOSSES: list[Callable[..., Tensor]] = [
    nn.CrossEntropyLoss(label_smoothing=0.2, weight=torch.tensor([1.0, 2, 3, 1])),
    lambda logits, labels: (logits.gather(1, labels[:, None]) - 1).square().mean(),
]
OPTIMIZERS: list[Callable[..., torch.optim.Optimizer]] = [
    lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.01),
    lambda parameters: torch.optim.Adam(parameters, lr=0.01),
]


@few_examples
@given(seeds, sizes_of_batches, st.sampled_from(LOSSES), st.sampled_from(OPTIMIZERS), st.booleans())
def test_an_epoch_makes_one_step_for_each_batch(
    seed: int, sizes: list[int], loss_fn: Callable[..., Tensor], make: Callable[..., Any], mode: bool
) -> None:
    model = small_network(seed).train(mode)
    batches = [(torch.rand(n, 1, 2, 3), torch.randint(4, (n,))) for n in sizes]
    oracle, total = copy.deepcopy(model).train(), 0.0
    optimizer = make(oracle.parameters())
    torch.manual_seed(seed)  # of dropout
    for images, labels in batches:
        total += one_step(oracle, optimizer, loss_fn(oracle(images), labels)) * len(images)
    torch.manual_seed(seed)
    got = notebook.train_epoch(model, iter(batches), loss_fn, make(model.parameters()), "cpu")
    assert got == pytest.approx(total / sum(sizes), rel=1e-4)
    torch.testing.assert_close(model.state_dict(), oracle.state_dict(), rtol=1e-3, atol=1e-5)


@few_examples
@given(seeds, st.integers(2, 13), st.integers(2, 5), st.integers(0, 5))
def test_the_cured_patients_train_as_they_should(seed: int, n: int, size: int, steps: int) -> None:
    torch.manual_seed(seed)
    start = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    images, labels = torch.randn(n, 4), torch.randint(3, (n,))
    start(images).square().sum().backward()  # gradients from before

    def train(batches: list[Tensor]) -> tuple[list[float], nn.Module]:
        model = copy.deepcopy(start)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
        losses = []
        for rows in batches:
            losses.append(one_step(model, optimizer, nn.functional.cross_entropy(model(images[rows]), labels[rows])))
        return losses, model

    def cured(clinic: Callable[..., Any], **kwargs: Any) -> tuple[Any, nn.Module]:
        model = copy.deepcopy(start)
        for parameter, old in zip(model.parameters(), start.parameters(), strict=True):
            parameter.grad = old.grad.clone() if old.grad is not None else None
        optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
        return clinic(model, images, labels, optimizer, **kwargs), model

    def assert_alike(got: tuple[Any, nn.Module], expected: tuple[Any, nn.Module]) -> None:
        np.testing.assert_allclose(got[0], expected[0], rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(got[1].state_dict(), expected[1].state_dict(), rtol=1e-3, atol=1e-4)

    everything = torch.arange(n)
    assert_alike(cured(notebook.clinic_1, steps=steps), train([everything] * steps))
    assert_alike(cured(notebook.clinic_3, steps=steps), train([everything] * steps))
    batches = list(everything.split(size))
    losses, weights = train(batches)
    assert_alike(cured(notebook.clinic_2, size=size), (losses, weights))
    mean = np.average(losses, weights=[len(batch) for batch in batches])
    assert_alike(cured(notebook.clinic_5, size=size), (mean, weights))
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    generator = torch.Generator().manual_seed(seed)
    assert_alike(cured(notebook.clinic_6, size=size, generator=generator), train(list(order.split(size))))


@pytest.mark.parametrize(("n", "epochs", "mode"), [(70, 3, True), (64, 2, False), (130, 2, True), (5, 1, False)])
def test_patient_4_learns_in_training_mode_and_is_measured_in_eval_mode(n: int, epochs: int, mode: bool) -> None:
    model = small_network(n, inputs=4, classes=3).train(mode)
    images, labels = torch.randn(n, 4), torch.randint(3, (n,))
    validation = torch.randn(41, 4), torch.randint(3, (41,))
    oracle, expected = copy.deepcopy(model), []
    optimizer = torch.optim.SGD(oracle.parameters(), lr=0.3, momentum=0.5)
    torch.manual_seed(n)  # of dropout
    for _ in range(epochs):
        oracle.train()
        for x, y in zip(images.split(64), labels.split(64), strict=True):
            one_step(oracle, optimizer, nn.functional.cross_entropy(oracle(x), y))
        expected.append((oracle.eval()(validation[0]).argmax(1) == validation[1]).float().mean().item())
    torch.manual_seed(n)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
    got = notebook.clinic_4(model, images, labels, optimizer, validation=validation, epochs=epochs)
    assert got == pytest.approx(expected)
    torch.testing.assert_close(model.state_dict(), oracle.state_dict(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["train_epoch", "clinic_5"])
def test_no_graph_is_kept(name: str) -> None:
    model = nn.Linear(2, 3)
    images, labels = torch.rand(12, 2), torch.arange(12) % 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def epoch(model: nn.Module, images: Tensor, labels: Tensor, optimizer: Any, *, size: int) -> float:
        loader = zip(images.split(size), labels.split(size), strict=True)
        return float(notebook.train_epoch(model, loader, nn.functional.cross_entropy, optimizer, "cpu"))

    train = epoch if name == "train_epoch" else notebook.clinic_5
    assert notebook.most_graphs_alive(train, model=model, images=images, labels=labels, optimizer=optimizer) <= 1


# ---- the checkpoint ----

FILE = "a3_fashion_mnist.pt"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """An empty folder to hand in, and the weights of a network."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    return dict(notebook.FashionCNN().state_dict())


def made_images(n: int = 60) -> Any:
    return np.random.default_rng(0).integers(0, 256, size=(n, 1, 28, 28), dtype=np.uint8)


def predict(network: Any = None) -> dict[str, Any]:
    return questions.predict_checkpoint({"FashionCNN": network or notebook.FashionCNN}, {"images": made_images()})


@pytest.mark.parametrize(
    ("accuracy", "points"), [(0.0, 0), (0.8, 0), (0.85, 3), (0.875, 4.5), (0.9, 6), (0.95, 6), (1.0, 6)]
)
def test_points_grow_with_the_accuracy(accuracy: float, points: float) -> None:
    labels = np.arange(1000, dtype=np.uint8) % 10
    predictions = labels.copy()
    predictions[: round(1000 * (1 - accuracy))] += 1
    got, sentence = questions.points_checkpoint({"parameters": 100, "predictions": predictions}, labels)
    assert got == pytest.approx(points)
    assert sentence == f"{100 * accuracy:.2f} % of the test images are right."


@pytest.mark.parametrize(
    "hostile",
    [
        {"predictions": np.zeros(999, np.uint8)},
        {"predictions": np.zeros(())},
        {"predictions": "all of them"},
        {"predictions": np.zeros((1000, 1))},
        {"parameters": 130_000},
        {"parameters": 0},
    ],
)
def test_what_are_no_predictions_of_a_small_network_get_no_points(hostile: dict[str, Any]) -> None:
    labels = np.zeros(1000, np.uint8)
    points, sentence = questions.points_checkpoint({"parameters": 100, "predictions": labels, **hostile}, labels)
    assert points == 0
    assert sentence.endswith(".")


def test_the_judge_shows_the_images_in_an_order_of_its_own_and_keeps_the_labels(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    raw, images = tmp_path / "data" / "fashion_mnist" / "FashionMNIST" / "raw", made_images()
    raw.mkdir(parents=True)
    torch.save(state, FILE)
    model = notebook.FashionCNN().eval()
    model.load_state_dict(state)
    with torch.no_grad():
        labels = model(torch.tensor(images / np.float32(255))).argmax(1).numpy().astype(np.uint8)
    with gzip.open(raw / "t10k-images-idx3-ubyte.gz", "wb") as file:
        file.write(bytes(16) + images.tobytes())
    with gzip.open(raw / "t10k-labels-idx1-ubyte.gz", "wb") as file:
        file.write(bytes(8) + labels.tobytes())
    shown, key = questions.shown_checkpoint(tmp_path / "data", np.random.default_rng(7))
    assert list(shown) == ["images"]
    assert not np.array_equal(shown["images"], images)
    data = questions.predict_checkpoint({"FashionCNN": notebook.FashionCNN}, shown)
    assert questions.points_checkpoint(data, key) == (6, "100.00 % of the test images are right.")
    assert data["parameters"] == sum(parameter.numel() for parameter in model.parameters())


class Bomb:
    """Pickled, it makes a folder when it is loaded without `weights_only`."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


def write_bad(state: dict[str, Tensor], kind: str) -> None:
    file, name = Path(FILE), next(iter(state))
    match kind:
        case "corrupt":
            file.write_bytes(b"\x80junk")
        case "empty":
            file.touch()
        case "a folder":
            file.mkdir()
        case "cut off":
            torch.save(state, file)
            file.write_bytes(file.read_bytes()[:-500])
        case "malicious":
            torch.save({**state, name: Bomb()}, file)
        case "a whole model":
            torch.save(notebook.FashionCNN(), file)
        case "wrong shape":
            torch.save({**state, name: torch.zeros(3, 5)}, file)
        case "a layer missing":
            torch.save({key: value for key, value in state.items() if key != name}, file)
        case "not a dictionary":
            torch.save([1, 2, 3], file)


@pytest.mark.parametrize(
    "kind",
    ["missing", "corrupt", "empty", "a folder", "cut off", "malicious", "a whole model", "wrong shape"]
    + ["a layer missing", "not a dictionary"],
)
def test_a_bad_file_gets_a_sentence(state: dict[str, Tensor], kind: str) -> None:
    write_bad(state, kind)
    with pytest.raises((OSError, RuntimeError), match=rf"^{FILE} [^\n]+\.$"):
        predict()
    assert not Path("exploded").exists()


def test_a_network_too_large_or_at_fault_gets_a_sentence(state: dict[str, Tensor]) -> None:
    class Broken(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(size))
            self.register_buffer("mean", torch.zeros(2))

        def forward(self, images: Tensor) -> Tensor:
            raise ValueError("no")

    class Hides(Broken):
        """Its weights are no parameters, if one asks it."""

        def named_parameters(self, *args: Any, **kwargs: Any) -> Any:
            return iter([])

    for network, size, sentence in [
        (Broken, 120_001, "holds 120,001 parameters, more than 120,000"),
        (Hides, 150_000, "holds 138,002 parameters, more than 120,000"),
        (Broken, 120_000, r"fails on the test images \(ValueError\)"),
    ]:
        torch.save(network(size).state_dict(), FILE)
        with pytest.raises((ValueError, RuntimeError), match=sentence):
            predict(lambda network=network, size=size: network(size))


def test_weights_that_are_no_numbers_are_only_as_good_as_a_guess(state: dict[str, Tensor]) -> None:
    torch.save({key: value * float("nan") for key, value in state.items()}, FILE)
    data = predict()
    assert questions.points_checkpoint(data, np.arange(60, dtype=np.uint8) % 10)[0] == 0
