"""Are the reference answers to assignment 6 right? Held against float64 autograd image by image, and closed forms."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from solutions.a6_adversarial import notebook as a6

SHAPES = [(3, 2, 4, 5), (1, 1, 3, 3), (5, 3, 2, 6)]
DTYPES = [torch.float32, torch.float64]


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def disturbable(shape: tuple[int, ...], dtype: torch.dtype = torch.float64, *, kinds: int = 4, seed: int = 0) -> Any:
    """A network in which there is something to disturb: parts in different modes, a frozen one, a gradient."""
    _, channels, height, width = shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Conv2d(channels, 5, 3, padding=1),
            nn.BatchNorm2d(5),
            nn.Tanh(),
            nn.Dropout(0.5),
            nn.Conv2d(5, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(4 * height * width, kinds),
        ).to(dtype)
        for norm in (model[1], model[5]):
            nn.init.normal_(norm.running_mean)
            nn.init.uniform_(norm.running_var, 0.5, 2)
    model[5].eval()
    model[0].requires_grad_(False)
    model[8].bias.grad = torch.ones(kinds, dtype=dtype)
    return model


def opposite(shape: tuple[int, ...], seed: int, dtype: torch.dtype = torch.float64) -> tuple[Any, torch.Tensor]:
    """A linear network of two kinds, a fifth of whose weights are 0, and the sign of the gradient for kind 1."""
    size = int(np.prod(shape[1:]))
    weight = torch.randn(size, generator=seeded(seed), dtype=dtype) / size  # so small that no probability is 0 or 1
    weight[::5] = 0
    model = nn.Sequential(nn.Flatten(), nn.Linear(size, 2, bias=False)).to(dtype)
    model[1].weight.data = torch.stack([weight, -weight])
    return model, weight.sign().reshape(1, *shape[1:])


def batch(shape: tuple[int, ...], seed: int, dtype: torch.dtype, kinds: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.rand(shape, generator=seeded(seed), dtype=dtype)
    images[:, :, 0] = images[:, :, 0].round()  # black and white pixels: the clamp has work to do
    return images, torch.randint(kinds, (shape[0],), generator=seeded(seed + 1))


def state(model: nn.Module, *tensors: torch.Tensor) -> list[Any]:
    return [
        [part.training for part in model.modules()],
        [value.tolist() for value in model.state_dict().values()],
        [(p.requires_grad, p.grad if p.grad is None else p.grad.tolist()) for p in model.parameters()],
        [(tensor.tolist(), tensor.requires_grad, tensor.grad) for tensor in tensors],
    ]


def untouched(function: Any, model: Any, *tensors: torch.Tensor, **options: Any) -> Any:
    """The answer, in both gradient modes, after a look at whether all is as it was before."""
    for enabled in (False, True):
        tensors[0].requires_grad_(enabled)
        before, draws = state(model, *tensors), torch.get_rng_state()
        with torch.set_grad_enabled(enabled):
            answer = function(model, *tensors, **options)
            assert torch.is_grad_enabled() == enabled
        assert state(model, *tensors) == before
        assert torch.equal(torch.get_rng_state(), draws)
    tensors[0].requires_grad_(False)
    if isinstance(answer, torch.Tensor) and answer.shape == tensors[0].shape:
        assert answer.dtype == tensors[0].dtype and not answer.requires_grad
    return answer


def gradient_of(model: nn.Module, image: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """For one image of shape (1, C, H, W), by autograd."""
    x = image.detach().clone().requires_grad_()
    return torch.autograd.grad(F.cross_entropy(model(x), label), x)[0]


def climbed(model: nn.Module, image: torch.Tensor, label: torch.Tensor, step: Any, back: Any, steps: int) -> Any:
    """One image after `steps` times a step along its gradient and the way back to where it may be."""
    model, x = copy.deepcopy(model).eval(), image
    for _ in range(steps):
        x = back(x + step(gradient_of(model, x, label)))
    return x.detach()


def one_by_one(images: torch.Tensor, labels: torch.Tensor, function: Any) -> torch.Tensor:
    return torch.cat([function(images[i : i + 1], labels[i : i + 1]) for i in range(len(images))])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_input_gradient_is_that_of_each_image_alone(shape: tuple[int, ...], dtype: torch.dtype, seed: int) -> None:
    images, labels = batch(shape, seed, dtype)
    model = disturbable(shape, dtype, seed=seed)
    got = untouched(a6.input_gradient, model, images, labels)
    oracle = copy.deepcopy(model).double().eval()
    expected = one_by_one(images.double(), labels, lambda x, y: gradient_of(oracle, x, y))
    tolerance = {"rtol": 1e-3, "atol": 1e-4} if dtype == torch.float32 else {"rtol": 1e-7, "atol": 1e-10}
    torch.testing.assert_close(got.double(), expected, **tolerance)
    assert torch.equal(untouched(a6.input_gradient, model.requires_grad_(False), images, labels), got)

    linear = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(shape[1:])), 4)).to(dtype)
    share = (linear(images).softmax(dim=1) - F.one_hot(labels, 4)).detach()
    closed = (share @ linear[1].weight.detach()).reshape(shape)
    torch.testing.assert_close(a6.input_gradient(linear, images, labels), closed, **tolerance)


@pytest.mark.parametrize("eps", [0.0, 8 / 255, 0.2, 1.5])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [*DTYPES, torch.float16], ids=str)
def test_attacks_of_a_linear_network_have_a_closed_form(shape: tuple[int, ...], dtype: torch.dtype, eps: float) -> None:
    images, labels = batch(shape, 3, dtype, kinds=2)
    model, sign = opposite(shape, 4, dtype)
    sign = sign * (2 * labels - 1)[:, None, None, None]
    up, down = ((images + direction * eps * sign).clamp(0, 1) for direction in (1, -1))
    steps = {"eps": eps, "alpha": eps / 2, "steps": 3}
    attacks = {
        "fgsm": (a6.fgsm(model, images, labels, eps=eps), up),
        "fgsm_targeted": (a6.fgsm_targeted(model, images, labels, eps=eps), down),
        "pgd": (a6.pgd(model, images, labels, random_start=False, **steps), up),
        "pgd_targeted": (a6.pgd_targeted(model, images, labels, **steps), down),
    }
    for name, (got, expected) in attacks.items():
        assert got.dtype == dtype, name
        torch.testing.assert_close(got, expected.to(dtype), rtol=0, atol=2e-3 if dtype == torch.float16 else 1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    "options", [(0.1, 0.03, 6), (0.02, 0.05, 3), (0.3, 0.1, 4), (0.0, 0.1, 2), (0.1, 0.1, 0)], ids=str
)
def test_attacks_with_signs_equal_those_of_one_image_at_a_time(
    shape: tuple[int, ...], options: tuple[float, float, int]
) -> None:
    eps, alpha, steps = options
    images, labels = batch(shape, 5, torch.float64)
    model = disturbable(shape, seed=6)

    def expected(direction: int, alpha: float = alpha, steps: int = steps) -> torch.Tensor:
        def one(x: torch.Tensor, y: torch.Tensor) -> Any:
            low, high = (x - eps).clamp(min=0), (x + eps).clamp(max=1)
            back = lambda moved: torch.minimum(torch.maximum(moved, low), high)  # noqa: E731
            return climbed(model, x, y, lambda g: direction * alpha * g.sign(), back, steps)

        return one_by_one(images, labels, one)

    many: dict[str, Any] = {"eps": eps, "alpha": alpha, "steps": steps}
    for got, right in [
        (untouched(a6.fgsm, model, images, labels, eps=eps), expected(1, eps, 1)),
        (untouched(a6.fgsm_targeted, model, images, labels, eps=eps), expected(-1, eps, 1)),
        (untouched(a6.pgd, model, images, labels, random_start=False, **many), expected(1)),
        (untouched(a6.pgd_targeted, model, images, labels, **many), expected(-1)),
    ]:
        torch.testing.assert_close(got, right, rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    "options", [(0.5, 0.2, 5), (0.05, 0.2, 3), (3.0, 0.4, 4), (0.0, 0.1, 2), (2.0, 1.5, 4)], ids=str
)
def test_l2_attack_equals_that_of_one_image_at_a_time(
    shape: tuple[int, ...], options: tuple[float, float, int]
) -> None:
    eps, alpha, steps = options
    images, labels = batch(shape, 7, torch.float64)
    model = disturbable(shape, seed=8)

    def one(x: torch.Tensor, y: torch.Tensor) -> Any:
        def back(moved: torch.Tensor) -> torch.Tensor:
            delta = moved - x
            length = (delta * delta).sum() ** 0.5
            return (x + (delta * eps / length if length > eps else delta)).clamp(0, 1)

        return climbed(model, x, y, lambda g: alpha * g / (g * g).sum() ** 0.5, back, steps)

    got = untouched(a6.l2_attack, model, images, labels, eps=eps, alpha=alpha, steps=steps)
    torch.testing.assert_close(got, one_by_one(images, labels, one), rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_l2_attack_stays_where_the_gradient_is_0_and_goes_all_the_way_where_it_is_tiny(dtype: torch.dtype) -> None:
    model = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(12, 3)).to(dtype)
    model[2].bias.data = torch.tensor([15.0, 0, 0], dtype=dtype)
    images = torch.full((2, 1, 4, 3), 0.5, dtype=dtype)
    images[0] = 0  # below the ReLU's bend
    got = a6.l2_attack(model, images, torch.tensor([1, 0]), eps=0.4, alpha=0.1, steps=2)
    assert torch.equal(got[0], images[0])
    assert (got[1] - images[1]).norm() == pytest.approx(0.2, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_attack_leaves_its_box_its_ball_or_the_image(data: st.DataObject) -> None:
    seed, n, c, h, w = (data.draw(st.integers(1, high)) for high in (10**6, 3, 3, 4, 4))
    eps, alpha = (data.draw(st.floats(0, high)) for high in (1.2, 2.0))
    steps, dtype = data.draw(st.integers(0, 4)), data.draw(st.sampled_from(DTYPES))
    images, labels = batch((n, c, h, w), seed, dtype)
    model = disturbable((n, c, h, w), dtype, seed=seed)
    many: dict[str, Any] = {"eps": eps, "alpha": alpha, "steps": steps}
    box = [
        a6.fgsm(model, images, labels, eps=eps),
        a6.fgsm_targeted(model, images, labels, eps=eps),
        a6.random_sign(images, eps=eps, generator=seeded(seed)),
        a6.pgd(model, images, labels, generator=seeded(seed), **many),
        a6.pgd_targeted(model, images, labels, **many),
    ]
    ball = a6.l2_attack(model, images, labels, **many)
    for attacked in (*box, ball):
        assert attacked.shape == images.shape and attacked.dtype == dtype
        assert attacked.min() >= 0 and attacked.max() <= 1
    assert all((attacked - images).abs().max() <= eps + 1e-6 for attacked in box)
    assert (ball - images).flatten(1).norm(dim=1).max() <= eps + 1e-5


def unlike_neighbours(values: torch.Tensor, deviation: float) -> None:
    for axis in range(values.ndim):
        product = values.narrow(axis, 1, values.shape[axis] - 1) * values.narrow(axis, 0, values.shape[axis] - 1)
        assert product.mean().abs() < 6 * deviation**2 / product.numel() ** 0.5


@pytest.mark.parametrize("dtype", [*DTYPES, torch.float16], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_random_sign_tosses_a_fair_coin_for_each_number(seed: int, dtype: torch.dtype) -> None:
    images = (0.35 + 0.3 * torch.rand(40, 3, 8, 7, generator=seeded(seed), dtype=torch.float64)).to(dtype)
    images[..., 0], images[..., 1] = 0.01, 0.99
    before = torch.get_rng_state()
    noisy = a6.random_sign(images, eps=0.1, generator=seeded(seed))
    assert torch.equal(torch.get_rng_state(), before)
    assert noisy.dtype == dtype
    coins = torch.where(noisy > images, 1.0, -1.0).double()
    expected = (images + 0.1 * coins.to(dtype)).clamp(0, 1)
    torch.testing.assert_close(noisy, expected, rtol=0, atol=1e-3 if dtype == torch.float16 else 1e-6)
    assert coins.mean().abs() < 6 / coins.numel() ** 0.5
    unlike_neighbours(coins, 1)
    assert torch.equal(a6.random_sign(images, eps=0.1, generator=seeded(seed)), noisy)
    assert not torch.equal(a6.random_sign(images, eps=0.1, generator=seeded(seed + 1)), noisy)
    assert a6.random_sign(images.to("meta"), eps=0.1).device.type == "meta"


@pytest.mark.parametrize("eps", [8 / 255, 0.3])
def test_the_start_of_pgd_is_uniform_in_the_box(eps: float) -> None:
    shape = (40, 2, 6, 5)
    images = 0.4 + 0.2 * torch.rand(shape, generator=seeded(1), dtype=torch.float64)
    labels = torch.arange(40) % 2
    model, sign = opposite(shape, 2)
    before = torch.get_rng_state()
    start = a6.pgd(model, images, labels, eps=eps, steps=0, generator=seeded(3))
    assert torch.equal(torch.get_rng_state(), before)
    u = (start - images) / eps
    size = u.numel() ** 0.5
    assert u.abs().max() <= 1 + 1e-6 and u.mean().abs() < 6 * 3**-0.5 / size
    assert abs((u * u).mean() - 1 / 3) < 6 * (4 / 45) ** 0.5 / size
    assert abs((u.abs() < 0.5).double().mean() - 0.5) < 3 / size
    unlike_neighbours(u, 3**-0.5)

    near = a6.pgd(model, images, labels, eps=eps, alpha=eps / 3, steps=2, generator=seeded(3))
    way = sign * (2 * labels - 1)[:, None, None, None]
    torch.testing.assert_close((near - images) / eps, (u + 2 / 3 * way).clamp(-1, 1), rtol=0, atol=1e-6)
    state = torch.get_rng_state()
    one, other = (a6.pgd(model, images, labels, eps=eps, steps=0) for _ in range(2))
    assert not torch.equal(one, other)
    torch.set_rng_state(state)
    assert torch.equal(a6.pgd(model, images, labels, eps=eps, steps=0), one)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_is_measured_equals_counting(data: st.DataObject) -> None:
    kinds, n = data.draw(st.integers(2, 5)), data.draw(st.integers(1, 12))
    seen = st.lists(st.integers(0, kinds - 1), min_size=n, max_size=n)
    truth, *shown = (data.draw(seen) for _ in range(4))
    batches = [F.one_hot(torch.tensor(one), kinds).double()[:, None, None] for one in shown]
    labels, model = torch.tensor(truth), nn.Sequential(nn.Flatten())
    right = [[a == b for a, b in zip(one, truth, strict=True)] for one in shown]
    fooled = sum(a and not b for a, b in zip(right[0], right[1], strict=True))
    success = untouched(a6.attack_success, model, batches[0], batches[1], labels)
    assert type(success) is float and success == pytest.approx(fooled / max(1, sum(right[0])))

    curve = untouched(
        a6.robustness_curve,
        model,
        batches[0],
        labels,
        epsilons=[0.2, 0, 0.1],
        attack=lambda model, images, labels, *, eps: batches[1] if eps == 0.1 else batches[2] + eps,
    )
    assert [type(one) for one in curve] == [float] * 3
    assert curve == pytest.approx([sum(right[place]) / n for place in (2, 0, 1)])

    models = [nn.Sequential(nn.Flatten(), nn.Linear(kinds, kinds, bias=False)).double() for _ in range(3)]
    for i, model in enumerate(models):
        model[1].weight.data = torch.eye(kinds, dtype=torch.float64).roll(i, dims=0)  # sees i kinds further
    matrix = a6.transfer_matrix(
        models, batches[0], labels, attack=lambda model, images, labels: batches[models.index(model)]
    )
    expected = [
        [sum((kind + j) % kinds == right for kind, right in zip(row, truth, strict=True)) / n for j in range(3)]
        for row in shown
    ]
    np.testing.assert_allclose(np.asarray(matrix), expected, atol=1e-6)


def test_what_measures_leaves_no_trace() -> None:
    shape = (6, 2, 4, 3)
    images, labels = batch(shape, 9, torch.float64)
    model, other = disturbable(shape, seed=1), disturbable(shape, seed=2)
    before = state(other)
    untouched(a6.attack_success, model, images, images.flip(0), labels)
    untouched(a6.robustness_curve, model, images, labels, epsilons=[0, 0.1], attack=a6.fgsm)
    untouched(
        lambda model, *given: a6.transfer_matrix([model, other], *given, attack=lambda *asked: asked[1]),
        model,
        images,
        labels,
    )
    assert state(other) == before


class Elsewhere:
    """A tensor on another device: one can ask how large it is, and move it."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor, self.shape, self.device = tensor, tensor.shape, torch.device("meta")

    def __len__(self) -> int:
        return len(self.tensor)

    def to(self, goal: Any) -> Any:
        return self.tensor if str(goal) == "cpu" else self


def watched(model: nn.Module, batches: Any, optimizer: Any, **options: Any) -> tuple[float, list[torch.Tensor]]:
    """The epoch's loss, and the images of each pass in training mode."""
    seen: list[torch.Tensor] = []
    handle = model.register_forward_pre_hook(
        lambda module, inputs: seen.append(inputs[0].detach().clone()) if module.training else None
    )
    loss = a6.adversarial_epoch(model, batches, optimizer, **options)
    handle.remove()
    assert type(loss) is float and all(part.training for part in model.modules())
    assert len(seen) == len(batches)
    return loss, seen


@pytest.mark.parametrize("eps", [0.03, 0.1])
def test_an_adversarial_epoch_takes_one_step_of_five_quarters_from_a_uniform_start(eps: float) -> None:
    shape = (80, 3, 7, 5)
    images = 0.3 + 0.4 * torch.rand(shape, generator=seeded(1), dtype=torch.float64)
    labels = torch.arange(80) % 2
    batches = list(zip(images.split(30), labels.split(30), strict=True))
    runs = []
    for seed in (2, 2, 3):
        model, sign = opposite(shape, 5)
        model[1].weight.data += 1e-4 * torch.tensor([[1.0], [-1.0]])  # no weight is 0
        sign = model[1].weight.detach()[0].sign().reshape(sign.shape)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
        before = torch.get_rng_state()
        runs.append(torch.cat(watched(model, batches, optimizer, eps=eps, generator=seeded(seed))[1]))
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    u = (runs[0] - images) * sign * (2 * labels - 1)[:, None, None, None] / eps
    assert u.min() > 0.25 - 1e-6 and u.max() < 1 + 1e-6
    border = u > 1 - 1e-6
    assert abs(border.double().mean() - 5 / 8) < 6 * (15 / 64 / u.numel()) ** 0.5
    assert abs(u[~border].mean() - 5 / 8) < 6 * 0.75 / 12**0.5 / (~border).sum() ** 0.5
    unlike_neighbours(border.double() - 5 / 8, (15 / 64) ** 0.5)


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_adversarial_epoch_trains_as_usual_on_harder_images(dtype: torch.dtype, elsewhere: bool) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(48, 3)).to(
            dtype
        )
    model.eval()
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)  # left over from somebody else
    twin = copy.deepcopy(model)
    images, labels = batch((19, 2, 6, 5), 4, dtype, kinds=3)
    batches = list(zip(images.split(8), labels.split(8), strict=True))
    given = images.clone()
    loader = [tuple(map(Elsewhere, one)) for one in batches] if elsewhere else batches
    make = lambda parameters: torch.optim.Adam(parameters, lr=0.01)  # noqa: E731
    loss, seen = watched(model, loader, make(model.parameters()), eps=0.15, generator=seeded(5))
    assert torch.equal(images, given)

    optimizer, total = make(twin.parameters()), 0.0
    for (clean, truth), attacked in zip(batches, seen, strict=True):
        assert attacked.min() >= 0 and attacked.max() <= 1 and (attacked - clean).abs().max() <= 0.15 + 1e-6
        twin.eval()
        with torch.no_grad():
            assert F.cross_entropy(twin(attacked), truth) > F.cross_entropy(twin(clean), truth)
        twin.train()
        optimizer.zero_grad()
        value = F.cross_entropy(twin(attacked), truth)
        value.backward()
        optimizer.step()
        total += value.item() * len(truth)
    assert loss == pytest.approx(total / 19, rel=1e-4)
    for name, expected in twin.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], expected, rtol=1e-3, atol=1e-5, msg=name)
