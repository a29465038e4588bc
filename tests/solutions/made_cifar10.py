"""A made-up CIFAR-10 for tests; `python -m tests.solutions.made_cifar10 …` is `python -m solutions.a4_cifar10 …` on it.

torchrun starts the latter in processes of their own, where no test can patch anything. So what a test wants to happen
there is asked for in the environment variable FAIL_IN, the rank of a process that fails in the third epoch.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from PIL import Image

from solutions import setup
from solutions.a4_cifar10.__main__ import main


class MadeCifar10(torch.utils.data.Dataset[Any]):
    """Noise with labels, as torchvision's CIFAR10 gives it: PIL images through the transform."""

    def __init__(self, root: object, train: bool = True, transform: Any = None, download: bool = False) -> None:
        rng = np.random.default_rng(train)
        self.data = rng.integers(0, 256, size=(96, 32, 32, 3), dtype=np.uint8)
        self.targets = rng.integers(10, size=96).tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        return self.transform(Image.fromarray(self.data[i])), self.targets[i]


class FetchedCifar10(MadeCifar10):
    """The same, which is not there before it is fetched."""

    filename = "made.tar.gz"

    def __init__(self, root: str, train: bool = True, transform: Any = None, download: bool = False) -> None:
        if not Path(root, self.filename).exists():
            raise RuntimeError("not there")
        super().__init__(root, train, transform, download)


def fetch(packed: Path) -> None:
    """Take a while, and leave a note of who fetched."""
    time.sleep(1)
    packed.parent.mkdir(exist_ok=True)
    with packed.open("a") as file:
        file.write(f"rank {os.environ['RANK']}\n")


def fail_in_fifth_step() -> None:
    """Have the fifth training step raise an error."""
    forward, calls = torch.nn.functional.cross_entropy, 0

    def cross_entropy(*args: Any, **options: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise RuntimeError("out of luck")
        return forward(*args, **options)

    torch.nn.functional.cross_entropy = cross_entropy


if __name__ == "__main__":
    torchvision.datasets.CIFAR10 = FetchedCifar10
    setup.fetch_cifar10 = fetch
    if os.environ.get("FAIL_IN") == os.environ["RANK"]:
        fail_in_fifth_step()
    sys.exit(main())
