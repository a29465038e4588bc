"""Assignment 6 on real images: `python -m benchmarks.adversarial --help`.

Trains a plain network and one on attacked images, once per seed, and measures both on test images as they are, under
FGSM, and under PGD with 20 and 100 steps of 2/255. In the same run, the same network is attacked by the reference's
PGD and by foolbox's, in turns; their images must agree.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from foolbox.attacks import LinfPGD
from foolbox.models import PyTorchModel
from rich.progress import track

from benchmarks import write_result
from solutions.a6_adversarial import __main__ as program
from solutions.a6_adversarial.notebook import fgsm, pgd

EPS, ALPHA = 8 / 255, 2 / 255
TOLERANCE = 1e-6


def trained(options: dict[str, Any], data: Path) -> tuple[torch.nn.Module, float]:
    """A network trained by `options`, and the seconds its training took."""
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        program.train(options, Path(folder), data, records.append, progress=False)
        saved = torch.load(Path(folder, "checkpoint.pt"), map_location="cpu", weights_only=True)
    model = program.make_network(options["dataset"], options["network"], options["width"]).to(options["device"])
    model.load_state_dict(saved["model"])
    return model.eval(), sum(record["seconds"] for record in records)


def accuracies(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """Accuracy on the images as they are, and under each attack."""
    attacks: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
        "clean": lambda x, y: x,
        "FGSM": lambda x, y: fgsm(model, x, y, eps=EPS),
        "PGD-20": lambda x, y: pgd(model, x, y, eps=EPS, alpha=ALPHA, steps=20),
        "PGD-100": lambda x, y: pgd(model, x, y, eps=EPS, alpha=ALPHA, steps=100),
    }
    return {name: program.measured(model, images, labels, attack) for name, attack in attacks.items()}


def throughput(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor, *, rounds: int) -> dict[str, Any]:
    """Images per second of PGD-20 without a random start: the reference's and foolbox's, in turns."""
    theirs = LinfPGD(abs_stepsize=ALPHA, steps=20, random_start=False)
    wrapped = PyTorchModel(model, bounds=(0, 1))
    attacks: dict[str, Callable[[], torch.Tensor]] = {
        "reference": lambda: pgd(model, images, labels, eps=EPS, alpha=ALPHA, steps=20, random_start=False),
        "foolbox": lambda: theirs(wrapped, images, labels, epsilons=EPS)[1],
    }
    difference = (attacks["reference"]() - attacks["foolbox"]()).abs().max().item()  # warms up, too
    if difference > TOLERANCE:
        raise SystemExit(f"The two attacks differ by {difference:.1e}, more than {TOLERANCE:.0e}.")
    rates: dict[str, list[float]] = {name: [] for name in attacks}
    for _ in track(range(rounds), description="attacking"):
        for name, attack in attacks.items():
            started = time.perf_counter()
            attack().sum().item()  # waits for a GPU
            rates[name].append(len(labels) / (time.perf_counter() - started))
    return {"images_per_second": rates, "difference": difference}


def main() -> None:
    """Measure and write `results/adversarial_DATASET.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    on_gpu = torch.cuda.is_available()
    parser.add_argument("--dataset", choices=["fashion_mnist", "cifar10"], default="cifar10" if on_gpu else None)
    parser.add_argument("--data", type=Path, help="where torchvision finds it (datasets/DATASET)")
    parser.add_argument("--images", type=int, default=60_000 if on_gpu else 15_000, help="train on the first so many")
    parser.add_argument("--epochs", type=int, default=20 if on_gpu else 5)
    parser.add_argument("--measured-on", type=int, default=10_000 if on_gpu else 1_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    dataset, device = args.dataset or "fashion_mnist", "cuda" if on_gpu else "cpu"
    data = args.data or Path("datasets", dataset)
    options: dict[str, Any] = {
        "dataset": dataset,
        "images": args.images,
        "epochs": args.epochs,
        "eps": EPS,
        "device": device,
        "network": "residual" if on_gpu else "small",
        "width": 64 if on_gpu else 16,
        "batch_size": 128,
        "peak": 0.1,
        "steps": 1,  # of the measurements after each epoch, which are not used here
        "measured_on": 100,
    }
    _, (images, labels) = program.load_dataset(dataset, data, 1)
    images, labels = (part[: args.measured_on].to(device) for part in (images, labels))
    runs: dict[str, list[dict[str, float]]] = {"plain": [], "sound": []}
    for seed in range(args.seeds):
        for recipe in runs:
            model, seconds = trained(options | {"recipe": recipe, "seed": seed}, data)
            runs[recipe].append(accuracies(model, images, labels) | {"seconds": seconds})
            print(recipe, seed, ", ".join(f"{name} {value:.3f}" for name, value in runs[recipe][-1].items()))
    measured = {
        "device": torch.cuda.get_device_name() if on_gpu else "CPU",
        **{key: options[key] for key in ("dataset", "images", "epochs", "network", "width")},
        "measured_on": len(labels),
        "runs": runs,
        "attack": throughput(model, images[:256], labels[:256], rounds=args.rounds),
    }
    print(write_result(f"adversarial_{dataset}", measured, ("torch", "foolbox")))


if __name__ == "__main__":
    main()
