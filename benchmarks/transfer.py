"""Training a head on cached features beside training it end to end: `python -m benchmarks.transfer --help`.

Both train the same new head on a frozen VGG16 with random weights, on made pictures, from the same start and in the
same order; the frozen network looks at each picture once, or again in every epoch. The two heads must agree.
"""

from __future__ import annotations

import argparse
import time

import torch
import torch.nn.functional as F
from rich.progress import track
from torch import nn
from torchvision.models import vgg16

from benchmarks import write_result
from solutions.a5_vgg16 import notebook as a5

CLASSES = 6
TOLERANCE = 1e-5


def end_to_end(
    backbone: nn.Module,
    batches: a5.Batches,
    *,
    mean: torch.Tensor,
    scale: torch.Tensor,
    epochs: int,
    seed: int,
    device: torch.device,
) -> nn.Linear:
    """`a5.train_head` without a cache: every picture goes through the frozen backbone in every epoch.

    mean, scale: of the features, by which `a5.train_head` centres and scales them.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    head = nn.Linear(len(mean), CLASSES)
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(epochs):
        for chosen in torch.randperm(len(batches.labels), generator=generator).split(64):
            looked_at = a5.Batches(batches.images[chosen], batches.labels[chosen])
            features, labels = a5.cache_features(backbone, looked_at, device)
            optimizer.zero_grad()
            F.cross_entropy(head((features - mean) / scale), labels).backward()
            optimizer.step()
    with torch.no_grad():
        head.weight /= scale
    return head


def main() -> None:
    """Measure and write `results/transfer.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--side", type=int, default=64, help="height and width of the pictures, in pixels")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    network = vgg16(weights=None).to(device)
    backbone = nn.Sequential(network.features, network.avgpool, nn.Flatten(), network.classifier[:6])
    images, labels, _ = a5.draw_patterns(args.images, side=args.side)
    batches = a5.Batches(images, labels)
    features, _ = a5.cache_features(backbone, batches, device)  # warms up, too
    mean, scale = features.mean(dim=0), features.std()
    rounds = []
    for seed in track(range(args.rounds), description="rounds"):
        started = time.perf_counter()
        cached = a5.train_head(*a5.cache_features(backbone, batches, device), CLASSES, epochs=args.epochs, seed=seed)
        middle = time.perf_counter()
        plain = end_to_end(backbone, batches, mean=mean, scale=scale, epochs=args.epochs, seed=seed, device=device)
        seconds = middle - started, time.perf_counter() - middle
        difference = (cached.weight - plain.weight).abs().max().item()
        if difference > TOLERANCE:
            raise SystemExit(f"The two heads differ by {difference:.1e}, more than {TOLERANCE:.0e}.")
        rounds.append({"cached": seconds[0], "end_to_end": seconds[1], "difference": difference})
    measured = {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        "images": args.images,
        "side": args.side,
        "epochs": args.epochs,
        "rounds": rounds,
    }
    print(write_result("transfer", measured, ("torch", "torchvision")))


if __name__ == "__main__":
    main()
