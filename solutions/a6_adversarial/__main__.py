"""Train networks on attacked images, and attack them: `python -m solutions.a6_adversarial --help`."""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from solutions.a6_adversarial.notebook import (
    Batches,
    Normalise,
    accuracy,
    adversarial_epoch,
    careless_epoch,
    fgsm,
    pgd,
    plain_epoch,
    random_sign,
    small_network,
)
from solutions.setup import load_cifar10, load_fashion_mnist
from solutions.training import Refused, RunFolder, add_run_options, command_line, exit_code, parse, save_checkpoint

EXPLANATION = """commands:
  train   train a network and measure it after each epoch: clean, FGSM and PGD accuracy
  curve   the accuracy over epsilon of a network that `train` has left: random signs, FGSM, PGD

recipes of training:
  sound     FGSM with random start, adversarial_epoch (Wong, Rice and Kolter, 2020)
  careless  FGSM without random start: watch the PGD accuracy for catastrophic overfitting
  plain     clean images

Nothing is chosen by the test images, on which all is measured; the last epoch counts. RUNS/DATASET-RECIPE holds
log.jsonl, a line for each epoch, and checkpoint.pt; the same command goes on from there. Ctrl-C stops cleanly: what
the last finished epoch has given is kept."""


class ResidualNetwork(nn.Module):
    """Nine layers with two shortcuts; half precision on a GPU that has it. Pixels from 0 to 1 come in, scores go
    out."""

    def __init__(
        self, width=64, *, channels=3, mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616), classes=10
    ):
        super().__init__()

        def block(c_in, c_out, *more):
            return nn.Sequential(
                nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(), *more
            )

        def twice(c):
            return nn.Sequential(block(c, c), block(c, c))

        self.normalise = Normalise(mean, std)
        self.first = nn.Sequential(block(channels, width), block(width, 2 * width, nn.MaxPool2d(2)))
        self.second = twice(2 * width)
        self.third = nn.Sequential(
            block(2 * width, 4 * width, nn.MaxPool2d(2)), block(4 * width, 4 * width, nn.MaxPool2d(2))
        )
        self.fourth = twice(4 * width)
        self.head = nn.Linear(4 * width, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images):
        x = self.normalise(images).contiguous(memory_format=torch.channels_last)
        half = (
            images.is_cuda and torch.cuda.get_device_capability(images.device)[0] >= 8 and images.dtype == torch.float32
        )
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=half):
            x = self.first(x)
            x = self.third(x + self.second(x))
            x = self.head((x + self.fourth(x)).amax(dim=(2, 3)))
        return x.to(images.dtype)


class AugmentedBatches(Batches):
    """Batches whose images are moved by up to `padding` pixels and, where asked for, mirrored; all on the device."""

    def __init__(self, images, labels, size, *, padding, mirror, generator):
        super().__init__(images, labels, size)
        self.padding, self.mirror, self.generator = padding, mirror, generator

    def __iter__(self):
        for images, labels in super().__iter__():
            if self.padding:
                n, _, h, w = images.shape
                padded = F.pad(images, [self.padding] * 4)
                top, left = torch.randint(
                    2 * self.padding + 1, (2, n, 1, 1), generator=self.generator, device=images.device
                )
                rows = (top + torch.arange(h, device=images.device)[:, None])[:, None]  # (N, 1, H, 1)
                columns = (left + torch.arange(w, device=images.device))[:, None]  # (N, 1, 1, W)
                every = torch.arange(n, device=images.device)[:, None, None, None]
                channel = torch.arange(images.shape[1], device=images.device)[None, :, None, None]
                images = padded[every, channel, rows, columns]
            if self.mirror:
                coins = torch.rand(len(images), 1, 1, 1, generator=self.generator, device=images.device)
                images = torch.where(coins < 0.5, images.flip(3), images)
            yield images, labels


def load_dataset(name, folder, count):
    """(training images, labels), (test images, labels): pixels from 0 to 1; `count` for training at most."""
    load = load_cifar10 if name == "cifar10" else load_fashion_mnist
    parts = []
    for train, limit in [(True, count), (False, 10_000)]:
        images, labels = load(folder, train=train)
        images = images[:limit]
        parts.append((images if images.is_floating_point() else images.float() / 255, labels[:limit]))
    return parts


def make_network(dataset, kind, width):
    """The network of these settings, untrained."""
    if kind == "residual":
        grey = {"channels": 1, "mean": (0.286,), "std": (0.353,)} if dataset == "fashion_mnist" else {}
        return ResidualNetwork(width, **grey)
    colour = {"channels": 3, "size": 32, "mean": (0.4914, 0.4822, 0.4465), "std": (0.2470, 0.2435, 0.2616)}
    return small_network(width, **(colour if dataset == "cifar10" else {}))


def measured(model, images, labels, attack, *, batch_size=1000):
    """The accuracy under `attack`, batch by batch."""
    parts = zip(images.split(batch_size), labels.split(batch_size), strict=True)
    return sum(accuracy(model, attack(x, y), y) * len(y) for x, y in parts) / len(labels)


def train(options, folder, data, report, *, progress=True):
    """Train by `options` from where `folder` says, and report a record after each epoch."""
    checkpoint, where, eps = folder / "checkpoint.pt", options["device"], options["eps"]
    parts = load_dataset(options["dataset"], data, options["images"])
    (images, labels), (test_images, test_labels) = [[tensor.to(where) for tensor in part] for part in parts]
    test_images, test_labels = test_images[: options["measured_on"]], test_labels[: options["measured_on"]]
    torch.manual_seed(options["seed"])
    draw = torch.Generator(where).manual_seed(options["seed"])
    model = make_network(options["dataset"], options["network"], options["width"]).to(where)
    optimizer = torch.optim.SGD(model.parameters(), lr=options["peak"], momentum=0.9, nesterov=True, weight_decay=5e-4)
    augment = {"padding": 4, "mirror": True} if options["dataset"] == "cifar10" else {"padding": 0, "mirror": False}
    loader = AugmentedBatches(images, labels, options["batch_size"], generator=draw, **augment)
    done, total = 0, max(1, options["epochs"] * len(loader))
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["random"])
        draw.set_state(saved["draw"])
        done = saved["epoch"]

    bar = tqdm(total=total, initial=done * len(loader), disable=not progress)

    def before_step(optimizer, *_):  # up for a third of the steps, then down to 0, in straight lines
        for group in optimizer.param_groups:
            group["step"] = group.get("step", -1) + 1
            share = group["step"] / total
            group["lr"] = options["peak"] * min(3 * share + 1e-3, (1 - share) * 1.5)
        bar.update()

    optimizer.register_step_pre_hook(before_step)
    attacks = {
        "clean": lambda x, y: x,
        "fgsm": lambda x, y: fgsm(model, x, y, eps=eps),
        "pgd": lambda x, y: pgd(model, x, y, eps=eps, alpha=eps / 4, steps=options["steps"], generator=draw),
    }
    with bar:
        for epoch in range(done + 1, options["epochs"] + 1):
            started = time.perf_counter()
            loss = None
            if options["recipe"] == "sound":
                loss = adversarial_epoch(model, loader, optimizer, eps=eps, generator=draw)
            elif options["recipe"] == "careless":
                careless_epoch(model, loader, optimizer, eps=eps)
            else:
                plain_epoch(model, loader, optimizer)
            if where.startswith("cuda"):
                torch.cuda.synchronize()
            record = {"epoch": epoch, "loss": loss, "seconds": time.perf_counter() - started}
            record |= {name: measured(model, test_images, test_labels, attack) for name, attack in attacks.items()}
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
            state |= {"random": torch.get_rng_state(), "draw": draw.get_state()}
            save_checkpoint(checkpoint, state)
            report(record)


def curve(options, folder, data, epsilons):
    """The lines of a table: the accuracy under random signs, FGSM and PGD for each epsilon."""
    _, (images, labels) = load_dataset(options["dataset"], data, 1)
    images, labels = (part[: options["measured_on"]].to(options["device"]) for part in (images, labels))
    model = make_network(options["dataset"], options["network"], options["width"]).to(options["device"])
    saved = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(saved["model"])
    draw = torch.Generator(options["device"]).manual_seed(options["seed"])
    for eps in epsilons:
        attacks = {
            "random": lambda x, y, eps=eps: random_sign(x, eps=eps, generator=draw),
            "fgsm": lambda x, y, eps=eps: fgsm(model, x, y, eps=eps),
            "pgd": lambda x, y, eps=eps: pgd(
                model, x, y, eps=eps, alpha=eps / 4, steps=options["steps"], generator=draw
            ),
        }
        yield {"eps": eps} | {name: measured(model, images, labels, attack) for name, attack in attacks.items()}


def main(arguments=None):
    """Run one command from the command line. Returns the exit code."""
    description = "Train networks on attacked images, and attack them."
    parser = command_line("a6_adversarial", description=description, epilog=EXPLANATION)
    add_run_options(parser)
    parser.add_argument("command", choices=["train", "curve"])
    parser.add_argument("--dataset", choices=["fashion_mnist", "cifar10"], default="fashion_mnist")
    parser.add_argument("--recipe", choices=["sound", "careless", "plain"], default="sound")
    parser.add_argument("--eps", type=float, help="in 255ths (fashion_mnist 51, which is 0.2; cifar10 8)")
    parser.add_argument("--steps", type=int, default=20, help="of PGD, each of eps/4 (20)")
    parser.add_argument("--epochs", type=int, help="in all (fashion_mnist 10, cifar10 20)")
    parser.add_argument("--images", type=int, default=60_000, help="train on the first so many")
    parser.add_argument("--measured-on", type=int, default=1000, help="measure on the first so many test images (1000)")
    parser.add_argument("--network", choices=["small", "residual"], help="(small; cifar10 on a GPU: residual)")
    parser.add_argument("--width", type=int, help="of the network (small 16, residual 64)")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--peak", type=float, help="the largest learning rate (0.1)", default=0.1)
    chosen = parse(parser, arguments)
    options = chosen_options(chosen)
    run = RunFolder(chosen.runs / f"{chosen.dataset}-{chosen.recipe}")
    return exit_code(lambda: (measure_curve if chosen.command == "curve" else train_run)(chosen, options, run))


def chosen_options(chosen):
    """The options of the command line -> the settings of a training."""
    colour = chosen.dataset == "cifar10"
    network = chosen.network or ("residual" if colour and chosen.device.startswith("cuda") else "small")
    same = "dataset recipe steps images measured_on batch_size peak seed device".split()
    return {key: getattr(chosen, key) for key in same} | {
        "eps": (chosen.eps if chosen.eps is not None else 8 if colour else 51) / 255,
        "epochs": chosen.epochs or (20 if colour else 10),
        "network": network,
        "width": chosen.width or (64 if network == "residual" else 16),
    }


def train_run(chosen, options, run):
    """Train in the folder of the run, and print a line for each epoch."""
    run.begin(options, anew=chosen.anew)
    if refusal := run.refusal(options):
        raise Refused(refusal)

    def report(record):
        run.write({"recipe": chosen.recipe} | record)
        shares = ", ".join(f"{name} {100 * record[name]:.2f} %" for name in ("clean", "fgsm", "pgd"))
        print(f"epoch {record['epoch']}: {shares}; {record['seconds']:.2f} s of training")

    train(options, run.path, chosen.data, report, progress=not chosen.quiet)
    print(f"log: {run.log}")


def measure_curve(chosen, options, run):
    """Attack the network that the run has trained, and print a line for each epsilon."""
    if not run.checkpoint.exists():
        raise Refused(f"There is no {run.checkpoint}: `train` with the same --dataset, --recipe and --runs writes it.")
    trained = run.settings()
    options = options | {key: trained[key] for key in ("network", "width")}
    sizes = (0, 1, 2, 4, 6, 8, 12, 16) if chosen.dataset == "cifar10" else (0, 4, 8, 16, 26, 38, 51, 77)
    print("eps × 255   random     FGSM      PGD   (accuracy, percent)")
    with (run.path / "curve.jsonl").open("w") as file:
        for row in curve(options, run.path, chosen.data, [size / 255 for size in sizes]):
            file.write(json.dumps(row) + "\n")
            random, fgsm_, pgd_ = (100 * row[name] for name in ("random", "fgsm", "pgd"))
            print(f"{255 * row['eps']:9.0f} {random:8.2f} {fgsm_:8.2f} {pgd_:8.2f}")


if __name__ == "__main__":
    sys.exit(main())
