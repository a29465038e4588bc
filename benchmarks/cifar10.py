"""Assignment 4's three recipes on real CIFAR-10, in one run on one device: `python -m benchmarks.cifar10 --help`.

The tutorial's recipe (a DataLoader that crops and flips PIL images, Adam, batches of 128) beside the reference, which
keeps its data on the device, and, with a GPU, the reference for longer: the speed run. Each recipe trains once per
seed, the recipes taking turns, after a short training apart that warms up the device. Seconds include measuring the
test accuracy after each epoch; nothing is chosen by it, the last epoch counts.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import torch
from rich.progress import track

from benchmarks import write_result
from solutions.a4_cifar10 import __main__ as a4


def train(recipe: str, data: Path, *, epochs: int, images: int, seed: int, device: str) -> dict[str, Any]:
    """Train once from scratch. Returns accuracy after the last epoch, seconds, images per second, GiB of the GPU."""
    settings = a4.settings_of(recipe, device) | {"epochs": epochs, "count": images, "seed": seed, "device": device}
    records: list[dict[str, float]] = []
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    with tempfile.TemporaryDirectory() as folder:
        run = a4.seed_recipe if recipe == "seed" else a4.fast_recipe
        checkpoint = Path(folder) / "checkpoint.pt" if recipe == "seed" else None
        run(data, checkpoint=checkpoint, report=records.append, progress=False, **settings)
    seconds = sum(record["seconds"] for record in records)
    return {
        "accuracy": records[-1]["accuracy"],
        "seconds": seconds,
        "images_per_second": epochs * images / seconds,
        "peak_memory_gib": torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else None,
    }


def main() -> None:
    """Measure and write `results/cifar10_cpu.json` or `results/cifar10_cuda.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    on_gpu = torch.cuda.is_available()
    parser.add_argument("--data", type=Path, default=Path("datasets/cifar10"), help="where torchvision finds CIFAR-10")
    parser.add_argument("--images", type=int, default=50_000 if on_gpu else 5_000, help="train on the first so many")
    parser.add_argument("--seeds", type=int, default=10 if on_gpu else 3)
    parser.add_argument("--epochs", type=int, default=2, help="of the tutorial's recipe, and of all on a CPU (2)")
    parser.add_argument("--full", action="store_true", help="all 20 epochs of the tutorial's recipe")
    args = parser.parse_args()
    device = "cuda" if on_gpu else "cpu"
    epochs = {"seed": 20 if args.full else args.epochs, "reference": args.epochs}
    if on_gpu:
        epochs |= {recipe: a4.settings_of(recipe, device)["epochs"] for recipe in ("reference", "speed")}
    for recipe in ("seed", "reference"):
        train(recipe, args.data, epochs=1, images=1280, seed=0, device=device)
    runs: dict[str, list[dict[str, Any]]] = {recipe: [] for recipe in epochs}
    turns = [(seed, recipe) for seed in range(args.seeds) for recipe in epochs]
    for seed, recipe in track(turns, description="training"):
        run = train(recipe, args.data, epochs=epochs[recipe], images=args.images, seed=seed, device=device)
        runs[recipe].append(run)
        print(f"{recipe}, seed {seed}: {run['accuracy']:.2%} in {run['seconds']:.1f} s")
    measured = {
        "device": torch.cuda.get_device_name() if on_gpu else "CPU",
        "images": args.images,
        "epochs": epochs,
        "runs": runs,
    }
    print(write_result(f"cifar10_{device}", measured, ("torch", "torchvision")))


if __name__ == "__main__":
    main()
