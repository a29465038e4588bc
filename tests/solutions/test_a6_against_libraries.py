"""Do assignment 6's attacks equal Foolbox's from the same start, and do our networks fit into it as they are?"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from solutions.a6_adversarial import notebook as a6
from solutions.a6_adversarial.__main__ import ResidualNetwork

foolbox = pytest.importorskip("foolbox")

SHAPES = [(5, 1, 28, 28), (3, 3, 32, 32), (1, 1, 28, 28), (4, 3, 16, 24)]


@pytest.fixture(autouse=True)
def same_seed() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def network(shape: tuple[int, ...], seed: int, dtype: torch.dtype) -> nn.Module:
    """Our own network where it fits, else one of any size; batch norm's averages are not the ones it begins with."""
    _, channels, height, width = shape
    torch.manual_seed(seed)
    if height == width:
        colour = {"channels": 3, "size": 32, "mean": (0.49, 0.48, 0.45), "std": (0.25, 0.24, 0.26)}
        model: nn.Module = a6.small_network(8, seed=seed, **(colour if channels == 3 else {}))
    else:
        model = nn.Sequential(
            a6.Normalise((0.4,) * channels, (0.2,) * channels),
            nn.Conv2d(channels, 6, 3),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.Linear(54, 10),
        )
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, std=0.3)  # type: ignore[arg-type]
            nn.init.uniform_(part.running_var, 0.5, 2)  # type: ignore[arg-type]
    return model.to(dtype).eval()


def batch(shape: tuple[int, ...], seed: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    images = torch.rand(shape, generator=draw, dtype=dtype)
    images[:, :, 0] = images[:, :, 0].round()  # black and white pixels: the clamp has work to do
    return images, torch.randint(10, (shape[0],), generator=draw)


def theirs(model: nn.Module, attack: Any, images: torch.Tensor, criterion: Any, eps: float) -> torch.Tensor:
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    return attack.run(wrapped, images, criterion, epsilon=eps)  # as it is: successful or not


def assert_equal(ours: torch.Tensor, other: torch.Tensor) -> None:
    assert ours.dtype == other.dtype and not ours.requires_grad
    torch.testing.assert_close(ours, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_fgsm_equals_foolbox(shape: tuple[int, ...], seed: int, dtype: torch.dtype) -> None:
    model, (images, labels) = network(shape, seed, dtype), batch(shape, seed, dtype)
    for eps in (0.005, 8 / 255, 0.3):
        attack = foolbox.attacks.LinfFastGradientAttack(random_start=False)
        assert_equal(a6.fgsm(model, images, labels, eps=eps), theirs(model, attack, images, labels, eps))
        aim = foolbox.criteria.TargetedMisclassification(labels)
        attack = foolbox.attacks.LinfPGD(abs_stepsize=eps, steps=1, random_start=False)  # its FGSM takes no aim
        assert_equal(a6.fgsm_targeted(model, images, labels, eps=eps), theirs(model, attack, images, aim, eps))


# With float32, rounding may turn a sign after some steps, and from there two right attacks part: float64 it is.
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("settings", [(8 / 255, 2 / 255, 20), (0.1, 0.03, 7), (0.01, 0.02, 3)], ids=str)
def test_pgd_equals_foolbox(shape: tuple[int, ...], seed: int, settings: tuple[float, float, int]) -> None:
    eps, alpha, steps = settings
    model, (images, labels) = network(shape, seed, torch.float64), batch(shape, seed, torch.float64)
    attack = foolbox.attacks.LinfPGD(abs_stepsize=alpha, steps=steps, random_start=False)
    options: dict[str, Any] = {"eps": eps, "alpha": alpha, "steps": steps}
    ours = a6.pgd(model, images, labels, random_start=False, **options)
    assert_equal(ours, theirs(model, attack, images, labels, eps))
    aim = foolbox.criteria.TargetedMisclassification(labels)
    assert_equal(a6.pgd_targeted(model, images, labels, **options), theirs(model, attack, images, aim, eps))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pgd_equals_foolbox_from_the_same_random_start(
    shape: tuple[int, ...], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, (images, labels) = network(shape, seed, torch.float64), batch(shape, seed, torch.float64)

    def generator() -> torch.Generator:
        return torch.Generator().manual_seed(seed)

    start = a6.pgd(model, images, labels, eps=0.05, steps=0, generator=generator())
    attack = foolbox.attacks.LinfPGD(abs_stepsize=0.02, steps=10, random_start=True)
    monkeypatch.setattr(attack, "get_random_start", lambda x, eps: type(x)(start))
    ours = a6.pgd(model, images, labels, eps=0.05, alpha=0.02, steps=10, generator=generator())
    assert_equal(ours, theirs(model, attack, images, labels, 0.05))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("settings", [(0.5, 0.1, 10), (0.05, 0.2, 3), (8.0, 1.0, 6)], ids=str)
def test_l2_attack_equals_foolbox(shape: tuple[int, ...], seed: int, settings: tuple[float, float, int]) -> None:
    eps, alpha, steps = settings
    model, (images, labels) = network(shape, seed, torch.float64), batch(shape, seed, torch.float64)
    attack = foolbox.attacks.L2PGD(abs_stepsize=alpha, steps=steps, random_start=False)
    ours = a6.l2_attack(model, images, labels, eps=eps, alpha=alpha, steps=steps)
    assert_equal(ours, theirs(model, attack, images, labels, eps))


@pytest.mark.parametrize("eps", [0.01, 0.1, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_on_a_linear_network_fgsm_and_pgd_have_a_closed_form(seed: int, eps: float) -> None:
    images, labels = batch((6, 2, 5, 7), seed, torch.float64)
    labels = labels % 2
    torch.manual_seed(seed)
    weight = torch.randn(70, dtype=torch.float64)
    weight[::5] = 0  # pixels that do not matter stay
    model = nn.Sequential(nn.Flatten(), nn.Linear(70, 2)).double()
    with torch.no_grad():
        model[1].weight.copy_(torch.stack([weight, -weight]))
    sign = weight.sign().reshape(1, 2, 5, 7) * (2 * labels - 1)[:, None, None, None]
    expected = (images + eps * sign).clamp(0, 1)
    assert_equal(a6.fgsm(model, images, labels, eps=eps), expected)
    assert_equal(a6.fgsm_targeted(model, images, 1 - labels, eps=eps), expected)
    assert_equal(a6.pgd(model, images, labels, eps=eps, alpha=eps / 3, steps=4, random_start=False), expected)


def test_every_attack_of_foolbox_that_follows_gradients_takes_our_networks(recwarn: pytest.WarningsRecorder) -> None:
    images, labels = batch((4, 1, 28, 28), 0, torch.float32)
    attacks = [
        foolbox.attacks.LinfFastGradientAttack(),
        foolbox.attacks.LinfPGD(steps=3),
        foolbox.attacks.L2PGD(steps=3),
        foolbox.attacks.LinfDeepFoolAttack(steps=3),
    ]
    for model in (a6.small_network(8).eval(), ResidualNetwork(4, channels=1, mean=(0.3,), std=(0.4,)).eval()):
        wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
        before = copy.deepcopy(model.state_dict())
        for attack in attacks:
            _, (attacked, *_), success = attack(wrapped, images, labels, epsilons=[0.1, 0.2])
            assert attacked.shape == images.shape and success.shape == (2, 4)
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_our_attack_is_at_least_as_strong_as_its_number_of_steps_says() -> None:
    """More steps, more loss; and FGSM beats random signs of the same size."""
    images, labels = batch((32, 1, 28, 28), 1, torch.float64)
    model = network((32, 1, 28, 28), 1, torch.float64)

    def loss(x: torch.Tensor) -> float:
        with torch.no_grad():
            return F.cross_entropy(model(x), labels).item()

    draw = torch.Generator().manual_seed(0)
    ladder = [images, a6.random_sign(images, eps=0.05, generator=draw), a6.fgsm(model, images, labels, eps=0.05)]
    ladder.append(a6.pgd(model, images, labels, eps=0.05, alpha=0.0125, steps=20, generator=draw))
    losses = [loss(x) for x in ladder]
    assert losses[0] < losses[2] < losses[3] and losses[1] < losses[2]
