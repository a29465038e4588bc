"""Do assignment 5's reference solutions agree with the libraries that people use for the same?"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from captum import attr
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch_lr_finder import LRFinder

from solutions.a5_vgg16.notebook import find_learning_rate, grad_cam, saliency, suggest_learning_rate, tiny_vgg


class Residual(nn.Module):
    """In the shape of a ResNet: batch norm, an in-place ReLU that runs twice, a head called `fc`."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, 5, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(5)
        self.relu = nn.ReLU(inplace=True)
        self.layer4 = nn.Sequential(nn.Conv2d(5, 5, 3, padding=1), nn.BatchNorm2d(5))
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(5, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.bn(self.stem(x)))
        x = self.relu(self.layer4(x) + x)
        return self.fc(self.drop((x * x).mean(dim=(2, 3))))


def network(kind: str, seed: int) -> nn.Module:
    """A network in training mode, with running statistics of its own where it has batch norm."""
    torch.manual_seed(seed)
    model = tiny_vgg(seed=seed) if kind == "vgg" else Residual()
    model(torch.randn(8, 3, 12, 16) * 2 + 1)
    return model.train()


def out_of_place(model: nn.Module) -> nn.Module:
    """The same network as Captum needs it: in eval mode, with no ReLU in place."""
    model = copy.deepcopy(model).eval()
    for part in model.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    return model


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["vgg", "resnet"])
def test_saliency_equals_captums(kind: str, seed: int) -> None:
    model, image = network(kind, seed), torch.randn(3, 12, 16)
    batch = image[None].clone().requires_grad_()
    expected = attr.Saliency(out_of_place(model)).attribute(batch, target=seed, abs=True)[0].amax(dim=0)
    assert expected.max() > 1e-3
    torch.testing.assert_close(saliency(model, image, seed), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("kind", "layer"),
    [("vgg", "features.0"), ("vgg", "features.3"), ("vgg", "features.5"), ("resnet", "bn"), ("resnet", "layer4")],
)
def test_grad_cam_equals_captums(kind: str, layer: str, seed: int) -> None:
    model, image = network(kind, seed), torch.randn(3, 12, 16)
    plain = out_of_place(model)
    captum = attr.LayerGradCam(plain, plain.get_submodule(layer))
    expected = captum.attribute(image[None], target=seed, relu_attributions=True)[0, 0].detach()
    torch.testing.assert_close(grad_cam(model, layer, image, seed), expected, rtol=0, atol=1e-5)


def test_grad_cams_that_are_compared_are_not_all_zero() -> None:
    largest = [grad_cam(network("vgg", seed), "features.3", torch.randn(3, 12, 16), seed).max() for seed in range(4)]
    assert max(largest) > 1e-3


class Ordered(DataLoader[tuple[torch.Tensor, ...]]):
    """A DataLoader that the library accepts and that gives the same batches each time."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        super().__init__(TensorDataset(images, labels), batch_size=8, shuffle=False)


@pytest.fixture
def run() -> Iterator[tuple[nn.Module, Ordered]]:
    """A network without chance, and batches that it can learn: the quadrant in which a picture is bright."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(4, (40,), generator=generator)
    images = torch.randn(40, 3, 8, 8, generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:, 4 * (label // 2) :, 4 * (label % 2) :][:, :4, :4] += 2
    model = tiny_vgg(4, seed=1).train()
    model.classifier[2].p = 0.0  # the library trains in training mode, and dropout's dice would fall differently
    yield model, Ordered(images, labels)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
@pytest.mark.parametrize(("highest", "ends_early"), [(0.02, False), (1e4, True)])
def test_find_learning_rate_equals_torch_lr_finders(
    run: tuple[nn.Module, Ordered], kind: str, highest: float, ends_early: bool
) -> None:
    model, loader = run
    lowest, steps = 1e-4, 30
    twin = copy.deepcopy(model)

    def optimizer(model: nn.Module) -> torch.optim.Optimizer:
        if kind == "sgd":
            return torch.optim.SGD(model.parameters(), lr=lowest, momentum=0.9)
        return torch.optim.AdamW(model.parameters(), lr=lowest)

    rates, losses = find_learning_rate(
        model, loader, nn.functional.cross_entropy, optimizer(model), lowest=lowest, highest=highest, steps=steps
    )
    finder = LRFinder(twin, optimizer(twin), nn.CrossEntropyLoss(), device="cpu")
    finder.range_test(loader, end_lr=highest, num_iter=steps, step_mode="exp", smooth_f=0, diverge_th=1e9)
    expected_losses = np.array(finder.history["loss"])[: len(losses)]
    expected_rates = np.array(finder.history["lr"])[: len(rates)]

    np.testing.assert_allclose(rates, expected_rates, rtol=1e-5)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4, atol=1e-5)
    assert (len(losses) < steps) == ends_early
    if ends_early:
        assert losses[-1] > 4 * min(losses[:-1])

    gradient = np.gradient(expected_losses)  # by which the library's plot suggests a rate
    assert suggest_learning_rate(rates, losses) == pytest.approx(rates[int(gradient.argmin())])
