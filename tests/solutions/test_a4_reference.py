"""Are assignment 4's reference solutions right, held against PyTorch, SciPy and plain Python?"""

from __future__ import annotations

import copy
import io
import json
import pickle
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from torch import nn

from solutions.a4_cifar10 import notebook, questions

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---- scores, probabilities, loss ----


@few
@given(seeds, st.integers(1, 7), st.integers(1, 12), st.sampled_from([0.1, 1, 30, 3000]))
def test_softmax_is_scipys(seed: int, n: int, c: int, scale: float) -> None:
    scores = (np.random.default_rng(seed).normal(size=(n, c)) * scale).clip(-1e4, 1e4)
    got = notebook.softmax(torch.tensor(scores))
    np.testing.assert_allclose(got, special.softmax(scores, axis=1), rtol=1e-9, atol=1e-12)
    assert notebook.softmax(torch.tensor(scores, dtype=torch.float32)).isfinite().all()


@few
@given(seeds, st.integers(1, 16), st.integers(1, 12), st.sampled_from([0.1, 1, 30, 3000]))
def test_cross_entropy_and_its_gradient_are_pytorchs(seed: int, n: int, c: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    start = torch.tensor((rng.normal(size=(n, c)) * scale).clip(-1e4, 1e4))
    labels = torch.tensor(rng.integers(c, size=n))
    results = []
    for loss_fn in (notebook.cross_entropy, nn.functional.cross_entropy):
        scores = start.clone().requires_grad_()
        loss = loss_fn(scores, labels)
        loss.backward()
        results.append((loss.detach(), scores.grad))
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-12)


# ---- dropout ----


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.75, 0.9])
@pytest.mark.parametrize("shape", [(12_000,), (120, 100), (30, 4, 10, 10)])
def test_dropout_drops_each_number_with_probability_p(shape: tuple[int, ...], p: float) -> None:
    x = torch.rand(shape, generator=seeded(1), dtype=torch.float64) + 1
    x.requires_grad_()
    out = notebook.dropout(x, p, True, seeded(2))
    kept = out.detach() != 0
    torch.testing.assert_close(out.detach(), x.detach() * kept / (1 - p))
    assert stats.binomtest(int((~kept).sum()), kept.numel(), p).pvalue > 1e-6
    (grad,) = torch.autograd.grad(out.sum(), x)
    torch.testing.assert_close(grad, kept.double() / (1 - p))
    for axis in range(kept.ndim):
        agreement = (kept & kept.roll(1, axis)).double().mean()
        assert abs(agreement - (1 - p) ** 2) < 0.03


@pytest.mark.parametrize("p", [0.3, 0.5, 0.75])
def test_dropout2d_drops_whole_channels_with_probability_p(p: float) -> None:
    x = torch.rand(60, 100, 3, 2, generator=seeded(1)) + 1
    out = notebook.dropout2d(x, p, True, seeded(2))
    kept = out[:, :, 0, 0] != 0
    torch.testing.assert_close(out, x * kept[:, :, None, None] / (1 - p))
    assert stats.binomtest(int((~kept).sum()), kept.numel(), p).pvalue > 1e-6
    for axis in (0, 1):
        assert abs((kept & kept.roll(1, axis)).double().mean() - (1 - p) ** 2) < 0.03


@pytest.mark.parametrize("function", [notebook.dropout, notebook.dropout2d])
def test_dropout_follows_its_generator_and_its_mode(function: Any) -> None:
    x = torch.rand(5, 6, 4, 3) + 1
    torch.testing.assert_close(function(x, 0.4, True, seeded(3)), function(x, 0.4, True, seeded(3)), rtol=0, atol=0)
    assert not torch.equal(function(x, 0.4, True, seeded(3)), function(x, 0.4, True, seeded(4)))
    before = torch.get_rng_state()
    function(x, 0.4, True, seeded(3))
    assert torch.equal(before, torch.get_rng_state())
    for same in (function(x, 0.4, False), function(x, 0, True), function(x, 1, False)):
        assert torch.equal(same, x)
    assert torch.equal(function(x, 1, True), torch.zeros_like(x))
    for p, training in [(-0.1, True), (1.1, True), (2, False)]:
        with pytest.raises(ValueError):
            function(x, p, training)


# ---- batch norm ----


@few
@given(
    seeds,
    st.sampled_from([(4, 3, 5, 7), (2, 5, 3, 2), (1, 2, 6, 4), (5, 5, 5, 5), (3, 1, 2, 2), (6, 4, 1, 1)]),
    st.sampled_from([1e-5, 1e-2, 0.5]),
    st.sampled_from([0.01, 0.1, 0.3]),
)
def test_batch_norm_is_pytorchs_step_by_step(seed: int, shape: Any, eps: float, momentum: float) -> None:
    channels, generator = shape[1], seeded(seed)
    layers = [kind(channels, eps, momentum).double() for kind in (notebook.BatchNorm2d, nn.BatchNorm2d)]
    layers[0].load_state_dict(layers[1].state_dict())
    for name in ("weight", "bias"):
        values = torch.randn(channels, generator=generator, dtype=torch.float64)
        for layer in layers:
            getattr(layer, name).data.copy_(values)
    size = torch.rand(channels, 1, 1, generator=generator, dtype=torch.float64) * 3
    size[0] = 2e-3  # so little variance that eps matters
    for step in range(5):
        images = torch.randn(shape, generator=generator, dtype=torch.float64) * size + step
        target = torch.randn(shape, generator=generator, dtype=torch.float64)
        results = []
        for layer in layers:
            layer.train(step != 3).zero_grad()
            x = images.clone().requires_grad_()
            out = layer(x)
            (out - target).square().mean().backward()
            results.append([out.detach(), x.grad, layer.weight.grad, layer.bias.grad, *layer.state_dict().values()])
        torch.testing.assert_close(*results, rtol=1e-6, atol=1e-9)
    assert not any(buffer.requires_grad for buffer in layers[0].buffers())
    layers[1].load_state_dict(layers[0].state_dict())


# ---- augmentation ----


def crops(image: torch.Tensor, padding: int) -> dict[bytes, int]:
    """All crops of an image by their bytes, numbered."""
    _, h, w = image.shape
    wide, places = nn.functional.pad(image, (padding,) * 4), range(2 * padding + 1)
    found = [wide[:, top : top + h, left : left + w] for top in places for left in places]
    return {part.numpy().tobytes(): i for i, part in enumerate([*found, *(crop.flip(2) for crop in found)])}


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.int64, torch.float16])
@pytest.mark.parametrize(("shape", "padding"), [((1, 4, 3), 1), ((3, 5, 7), 1), ((2, 6, 9), 2), ((3, 4, 5), 0)])
def test_crops_and_flips_are_equally_likely(shape: Any, padding: int, dtype: torch.dtype) -> None:
    image = torch.randperm(150, generator=seeded(1))[: np.prod(shape)].reshape(shape).to(dtype) + 1
    known = crops(image, padding)
    batch = image.expand(3000, *shape).contiguous()
    got = notebook.random_crop_flip(batch, padding=padding, generator=seeded(2))
    assert got.dtype == dtype and got.shape == batch.shape
    assert all(torch.equal(one, image) for one in batch[:3])
    codes = [known[one.contiguous().numpy().tobytes()] for one in got]
    counts = Counter(codes)
    assert stats.chisquare([counts[i] for i in range(len(known))]).pvalue > 1e-6
    same = np.mean(np.array(codes) == np.roll(codes, 1))
    assert abs(same - 1 / len(known)) < 0.06


def test_crops_follow_their_generator() -> None:
    images = torch.randint(256, (200, 3, 8, 8), generator=seeded(1), dtype=torch.uint8)
    first, again, other = (notebook.random_crop_flip(images, generator=seeded(seed)) for seed in (5, 5, 6))
    assert torch.equal(first, again) and not torch.equal(first, other)


# ---- there and back ----


@few
@given(seeds, st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6)))
def test_normalise_and_back(seed: int, shape: tuple[int, int, int, int]) -> None:
    rng = np.random.default_rng(seed)
    images, mean, std = rng.uniform(size=shape), rng.uniform(size=shape[1]), rng.uniform(0.1, 1, size=shape[1])
    given = [torch.tensor(numbers) for numbers in (images, mean, std)]
    got = notebook.normalise(*given)
    expected = np.stack([(images[:, c] - mean[c]) / std[c] for c in range(shape[1])], axis=1)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    np.testing.assert_allclose(notebook.denormalise(got, *given[1:]), images, rtol=1e-9, atol=1e-12)


# ---- the network ----


def test_the_network_is_the_tutorials_layer_by_layer() -> None:
    torch.manual_seed(600)
    network = notebook.CifarCNN()
    state = network.state_dict()
    assert sum(value.numel() for value in network.parameters()) == 5_852_170
    images = torch.randn(3, 3, 32, 32)

    def conv(x: torch.Tensor, i: int) -> torch.Tensor:
        return nn.functional.conv2d(x, state[f"conv_layer.{i}.weight"], state[f"conv_layer.{i}.bias"], padding=1)

    x = images.clone()
    for i in (0, 6, 13):
        values = (state[f"conv_layer.{i + 1}.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))
        x = nn.functional.batch_norm(conv(x, i), *values).relu()
        x = nn.functional.max_pool2d(conv(x, i + 3).relu(), 2)
    x = x.flatten(1)
    for i in (1, 3, 6):
        x = nn.functional.linear(x, state[f"fc_layer.{i}.weight"], state[f"fc_layer.{i}.bias"])
        x = x if i == 6 else x.relu()
    with torch.no_grad():
        torch.testing.assert_close(network.eval()(images), x, rtol=1e-4, atol=1e-5)
    layers = {name: layer.p for name, layer in network.named_modules() if isinstance(layer, nn.Dropout | nn.Dropout2d)}
    assert layers == {"conv_layer.12": 0.05, "fc_layer.0": 0.1, "fc_layer.5": 0.1}
    network.train()(images).sum().backward()
    assert all(value.grad is not None for value in network.parameters())


# ---- the loop ----

Batches = list[tuple[torch.Tensor, torch.Tensor]]


def make_network() -> nn.Module:
    torch.manual_seed(700)
    layers = [nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(64, 3)]
    return nn.Sequential(*layers)


def make_batches(seed: int, count: int, size: int) -> Batches:
    images = torch.randn(count, 2, 6, 6, generator=seeded(seed))
    labels = torch.randint(3, (count,), generator=seeded(seed + 1))
    return list(zip(images.split(size), labels.split(size), strict=True))


TRAIN, VALIDATION = make_batches(1, 18, 7), make_batches(3, 12, 5)
OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def fitted(optimizer: str, epochs: int, *, train: Batches = TRAIN, seed: int = 702, **options: Any) -> tuple[Any, Any]:
    model = make_network()
    torch.manual_seed(seed)
    options |= {"epochs": epochs, "optimizer": OPTIMIZERS[optimizer](model.parameters()), "progress": False}
    history = notebook.fit(model, train, VALIDATION, loss_fn=nn.CrossEntropyLoss(), **options)
    return history, model.state_dict()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fit_is_a_plain_loop_that_keeps_the_best(optimizer: str) -> None:
    history, state = fitted(optimizer, 5)
    model, states, expected = make_network(), [], []
    steps = OPTIMIZERS[optimizer](model.parameters())
    torch.manual_seed(702)
    for epoch in range(1, 6):
        model.train()
        total = 0.0
        for x, y in TRAIN:
            loss = nn.functional.cross_entropy(model(x), y)
            steps.zero_grad()
            loss.backward()
            steps.step()
            total += loss.item() * len(y)
        model.eval()
        with torch.no_grad():
            right = sum(int((model(x).argmax(1) == y).sum()) for x, y in VALIDATION)
        states.append(copy.deepcopy(model.state_dict()))
        expected.append({"epoch": epoch, "loss": pytest.approx(total / 18, rel=1e-5), "accuracy": right / 12})
    assert json.loads(json.dumps(history)) == expected
    accuracies = [record["accuracy"] for record in expected]
    torch.testing.assert_close(state, states[accuracies.index(max(accuracies))])


class PowerCut(list):  # type: ignore[type-arg]
    """Batches, and a power cut in the middle of a pass."""

    def __init__(self, batches: Batches, passes: int) -> None:
        super().__init__(batches)
        self.passes = passes

    def __iter__(self) -> Any:
        self.passes -= 1
        for index, batch in enumerate(super().__iter__()):
            if self.passes < 0 and index == 1:
                raise KeyboardInterrupt
            yield batch


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("passes", [0, 1, 3])
def test_fit_goes_on_as_if_it_had_never_stopped(tmp_path: Path, optimizer: str, passes: int) -> None:
    path, whole = tmp_path / "training.pt", fitted(optimizer, 5)
    with pytest.raises(KeyboardInterrupt):
        fitted(optimizer, 5, train=PowerCut(TRAIN, passes), checkpoint=path)
    assert path.exists() == (passes > 0)
    for seed in (1 if passes else 702, 2):  # the second time nothing is left to do
        history, state = fitted(optimizer, 5, seed=seed, checkpoint=path)
        assert history == whole[0]
        torch.testing.assert_close(state, whole[1], rtol=0, atol=0)
    assert torch.load(path, weights_only=True)


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(state: object, file: Any) -> None:
        Path(file).write_bytes(b"half a file")
        raise OSError("the disk is full")

    path, whole = tmp_path / "training.pt", fitted("SGD", 3)
    fitted("SGD", 1, checkpoint=path)
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(torch, "save", full)
        fitted("SGD", 2, checkpoint=path)
    assert fitted("SGD", 3, seed=1, checkpoint=path)[0] == whole[0]


# ---- learning rate, mistakes, logs ----


@few
@given(st.integers(2, 4000), st.floats(1e-4, 10))
def test_one_cycle_rises_from_4_percent_to_the_peak_and_falls_to_0(total: int, peak: float) -> None:
    steps = np.arange(total) if total < 200 else np.linspace(0, total - 1, 200).astype(int)
    rates = np.array([notebook.one_cycle(int(step), total, peak) for step in steps]) / peak
    way = steps / (total - 1)
    rise, fall = 0.04 + 0.96 * way / 0.3, np.cos(np.pi / 2 * (way - 0.3) / 0.7) ** 2
    np.testing.assert_allclose(rates, np.where(way <= 0.3, rise, fall), rtol=1e-9, atol=1e-9)
    assert rates[0] == pytest.approx(0.04) and rates[-1] == pytest.approx(0, abs=1e-12)


@few
@given(seeds, st.integers(1, 60), st.integers(2, 10), st.integers(1, 70))
def test_the_most_confident_mistakes_are_those_of_a_sorted_list(seed: int, n: int, c: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = special.softmax(rng.normal(0, 2, size=(n, c)), axis=1)
    labels = np.where(rng.random(n) < 0.5, probabilities.argmax(axis=1), rng.integers(c, size=n))
    got = notebook.most_confident_mistakes(torch.tensor(probabilities), torch.tensor(labels), count)
    wrong = [i for i in range(n) if probabilities[i].argmax() != labels[i]]
    assert got.dtype == torch.int64 and got.shape == (min(count, len(wrong)),)
    assert got.tolist() == sorted(wrong, key=lambda i: -probabilities[i].max())[:count]


@few
@given(st.lists(st.integers(30, 40), min_size=1, max_size=30))
def test_the_best_epoch_is_the_first_of_the_highest(test: list[int]) -> None:
    best = max(range(len(test)), key=lambda i: (test[i], -i))
    assert notebook.overfit_epoch(test[::-1], test) == (best + 1, test[best], test[-1])


# ---- the score ----


class Tiny(nn.Module):
    """A network quick to ask, in place of ScoreNetwork."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layer(images.mean(dim=(2, 3)))


IMAGES = np.random.default_rng(0).integers(0, 256, size=(600, 3, 32, 32), dtype=np.uint8)


def test_what_is_shown_is_the_test_batch_in_another_order(tmp_path: Path) -> None:
    labels = np.arange(len(IMAGES)) % 10
    batch = pickle.dumps({b"data": IMAGES.reshape(len(IMAGES), -1), b"labels": labels.tolist()}, protocol=2)
    member = tarfile.TarInfo("cifar-10-batches-py/test_batch")
    member.size = len(batch)
    (tmp_path / "cifar10").mkdir()
    with tarfile.open(tmp_path / "cifar10" / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.addfile(member, io.BytesIO(batch))
    shown, key = questions.shown_checkpoint(tmp_path, np.random.default_rng(7))
    assert list(shown) == ["images"] and not np.array_equal(shown["images"], IMAGES)
    label_of = {image.tobytes(): label for image, label in zip(IMAGES, labels, strict=True)}
    assert [label_of[image.tobytes()] for image in shown["images"]] == key.tolist()


def test_predictions_are_the_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Tiny()
    torch.save(model.state_dict(), "a4_cifar10.pt")
    data = questions.predict_checkpoint({"ScoreNetwork": Tiny}, {"images": IMAGES})
    with torch.no_grad():
        expected = model(torch.tensor(IMAGES / np.float32(255))).argmax(1)
    np.testing.assert_array_equal(data["predictions"], expected)


def bad_file(kind: str) -> None:
    file, state = Path("a4_cifar10.pt"), Tiny().state_dict()
    match kind:
        case "corrupt":
            file.write_bytes(b"\x80junk")
        case "a folder":
            file.mkdir()
        case "a program":
            torch.save({**state, "layer.bias": print}, file)
        case "another shape":
            torch.save({**state, "layer.bias": torch.zeros(3)}, file)
        case "a layer missing":
            torch.save({"layer.bias": state["layer.bias"]}, file)
        case "no dictionary":
            torch.save([1, 2], file)


@pytest.mark.parametrize(
    "kind", ["missing", "corrupt", "a folder", "a program", "another shape", "a layer missing", "no dictionary"]
)
def test_a_bad_file_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    bad_file(kind)
    with pytest.raises(Exception, match=r"^a4_cifar10\.pt (is missing|cannot be loaded)[^\n]*\.$"):
        questions.predict_checkpoint({"ScoreNetwork": Tiny}, {"images": IMAGES})


@pytest.mark.parametrize("result", [None, torch.zeros(3), 7], ids=["raises", "too few", "a number"])
def test_a_network_that_fails_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: object
) -> None:
    class Broken(Tiny):
        def forward(self, images: torch.Tensor) -> Any:
            if result is None:
                raise KeyError("no")
            return result

    monkeypatch.chdir(tmp_path)
    torch.save(Broken().state_dict(), "a4_cifar10.pt")
    with pytest.raises(Exception, match=r"^ScoreNetwork with the weights of a4_cifar10\.pt fails[^\n]*\.$"):
        questions.predict_checkpoint({"ScoreNetwork": Broken}, {"images": IMAGES})


@pytest.mark.parametrize(
    ("accuracy", "points"), [(0.5, 0), (0.75, 0), (0.775, 2), (0.8, 4), (0.825, 6), (0.85, 8), (1, 8)]
)
def test_points_grow_with_the_accuracy(accuracy: float, points: float) -> None:
    labels = np.arange(1000) % 10
    predictions = np.where(np.arange(1000) < 1000 * accuracy, labels, (labels + 1) % 10).astype(np.uint8)
    got, sentence = questions.points_checkpoint({"predictions": predictions}, labels)
    assert (type(got), got) == (float, points)
    assert sentence == f"{100 * accuracy:.2f}% of the test images are right."
    for other in (predictions[:-1], predictions[:, None], np.zeros(())):
        assert questions.points_checkpoint({"predictions": other}, labels)[0] == 0
