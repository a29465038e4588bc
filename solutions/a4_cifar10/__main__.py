"""Train on CIFAR-10 by one of three recipes: `python -m solutions.a4_cifar10 --help`."""

import os
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from inspect import signature

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from solutions.a4_cifar10.notebook import CifarCNN, fit, train_fast
from solutions.setup import load_cifar10
from solutions.training import Refused, RunFolder, add_run_options, command_line, exit_code, parse

RECIPES = """recipes:
  seed       the tutorial's: its network, batches of 128 through a DataLoader that crops and flips image by image,
             Adam with the learning rate 0.0001, 20 epochs (84.95 % in its own log)
  reference  train_fast to 85 %
  speed      train_fast to 94 %

What is measured is the test accuracy after each epoch, as in the tutorial's log; nothing is chosen by it, the last
epoch counts. In RUNS/RECIPE there are log.jsonl, a line for each epoch, and checkpoint.pt; the same command goes on
from there. Ctrl-C stops cleanly: what the last finished epoch has given is kept.

On several GPUs of one machine, `torchrun --nproc-per-node=2 -m solutions.a4_cifar10 reference` shares every batch
among two processes, each with a GPU of its own (without GPUs: two processes on the CPU). It is the same training as
with one process, but for rounding: a run may go on with another number of processes. The seed recipe trains in one."""


class SumOverProcesses(torch.autograd.Function):
    """The sum of a tensor over all processes. Each process's loss depends on it, so its gradient is a sum, too."""

    @staticmethod
    def forward(ctx, tensor):
        tensor = tensor.clone()
        torch.distributed.all_reduce(tensor)
        return tensor

    @staticmethod
    def backward(ctx, gradient):
        return SumOverProcesses.apply(gradient)


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch norm with the mean and variance of the whole batch, of which each process holds a share.

    PyTorch's nn.SyncBatchNorm is for GPUs only. This one runs anywhere, so tests without a GPU see what a GPU does.
    """

    def forward(self, x):
        """(N, C, H, W) floats -> (N, C, H, W); at least one image in each process."""
        if not self.training:
            return super().forward(x)
        var, mean = torch.var_mean(x.float(), dim=(0, 2, 3), correction=0)  # (C,)
        var, mean = var.double(), mean.double()  # or the difference of the squares below would lose digits
        count = mean.new_full((1,), x.numel() / x.shape[1])  # N·H·W
        sums = SumOverProcesses.apply(torch.cat([count, count * mean, count * (var + mean**2)]))
        count = sums[0].detach()
        mean, square = (sums[1:] / count).chunk(2)
        var = square - mean**2
        with torch.no_grad():
            self.running_mean.lerp_(mean.float(), self.momentum)
            self.running_var.lerp_((var * count / (count - 1)).float(), self.momentum)
            self.num_batches_tracked += 1
        mean, scale = mean.float(), self.weight * (var + self.eps).rsqrt().float()
        return ((x - mean[:, None, None]) * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)


def data_parallel(model):
    """Wrap a model so that several processes train it together, each with its share of every batch."""
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.__class__ = SharedBatchNorm2d  # its parameters stay those that the optimiser knows
            layer.forward = torch.compiler.disable(layer.forward)  # compiled by torch 2.15, it gave other numbers
    wrap = nn.parallel.DistributedDataParallel
    # All compute the same statistics, none need be sent; torch 2.15 has another name for the option.
    old, new = "broadcast_buffers", "forward_sync_buffers"
    return wrap(model, **{new if new in signature(wrap).parameters else old: False})


@contextmanager
def process_group(processes, device):
    """Join the other processes that torchrun has started, if there are any; gives the device of this one."""
    if processes == 1:
        yield device
        return
    backend = "gloo"
    if device.startswith("cuda"):
        local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if local >= gpus:
            raise RuntimeError(f"each process needs a GPU of its own, and there are {gpus}: lower --nproc-per-node.")
        backend, device = "nccl", f"cuda:{local}"
        torch.cuda.set_device(device)
    # As long as a slow download may take. Nobody waits so long for a process that failed: torchrun ends the others.
    torch.distributed.init_process_group(backend, timeout=timedelta(hours=1))
    yield device
    torch.distributed.destroy_process_group()  # not after a failure, when others may still be waiting


@contextmanager
def first_process_first():
    """Have the first process go through the block while the others wait, and then the others."""
    several = torch.distributed.is_available() and torch.distributed.is_initialized()
    if several and torch.distributed.get_rank() > 0:
        torch.distributed.barrier()
    yield
    if several and torch.distributed.get_rank() == 0:
        torch.distributed.barrier()


def seed_recipe(data, *, epochs, count, batch_size, seed, device, checkpoint, report, progress):
    """The tutorial's training, one epoch at a time through `fit`."""
    last = [transforms.ToTensor(), transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))]
    crops = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    load_cifar10(data)
    loaders = []
    for train, before in [(True, crops), (False, [])]:
        dataset = datasets.CIFAR10(data, train=train, transform=transforms.Compose([*before, *last]))
        part = Subset(dataset, range(count if train else min(len(dataset), max(1, count // 5))))
        loaders.append(DataLoader(part, batch_size, shuffle=train, num_workers=2))
    torch.manual_seed(seed)
    model = CifarCNN()
    optimizer = torch.optim.Adam(model.to(device).parameters(), lr=1e-4)
    options = {"optimizer": optimizer, "loss_fn": nn.CrossEntropyLoss(), "device": device, "checkpoint": checkpoint}
    done = 0
    if checkpoint.exists():
        done = torch.load(checkpoint, map_location="cpu", weights_only=True)["epoch"]
    for epoch in range(done + 1, epochs + 1):
        started = time.perf_counter()
        history = fit(model, *loaders, epochs=epoch, progress=progress, **options)  # trains one: the others are there
        report(history[-1] | {"seconds": time.perf_counter() - started})


def fast_recipe(data, *, epochs, count, width, batch_size, peak, compiled, **options):
    """`train_fast` on the first `count` training images."""
    with first_process_first():  # which downloads what is not there
        (images, labels), test = load_cifar10(data), load_cifar10(data, train=False)
    test = tuple(part[: max(1, count // 5)] for part in test)
    train = images[:count], labels[:count]
    sizes = {"epochs": epochs, "width": width, "batch_size": batch_size, "peak": peak, "compiled": compiled}
    train_fast(train, test, **sizes, **options)


def settings_of(recipe, device):
    """What a recipe trains with where nothing else is asked for."""
    if recipe == "seed":
        return {"epochs": 20, "batch_size": 128}
    batch_size, width = (512, 64) if device.startswith("cuda") else (256, 32)
    settings = {"epochs": 5 if recipe == "reference" else 16, "batch_size": batch_size, "width": width}
    return settings | {"peak": 0.75 * batch_size / 512, "compiled": False}


def main(arguments=None):
    """Run one recipe from the command line. Returns the exit code."""
    parser = command_line("a4_cifar10", description="Train on CIFAR-10 by one of three recipes.", epilog=RECIPES)
    add_run_options(parser)
    parser.add_argument("recipe", choices=["seed", "reference", "speed"])
    parser.add_argument("--epochs", type=int, help="in all (seed 20, reference 5, speed 16)")
    parser.add_argument(
        "--images", type=int, default=50_000, help="train on the first so many, test on a fifth as many"
    )
    parser.add_argument("--width", type=int, help="of the fast network (64 on a GPU, 32 otherwise)")
    parser.add_argument("--batch-size", type=int, help="(seed 128; fast 512 on a GPU, 256 otherwise)")
    parser.add_argument(
        "--peak", type=float, help="the largest learning rate (fast: 0.75 for batches of 512, in proportion)"
    )
    parser.add_argument("--compile", action="store_true", help="use torch.compile (the fast recipes)")
    chosen = parse(parser, arguments)
    options = chosen_options(chosen)
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))  # from torchrun
    return exit_code(lambda: train(chosen, options, rank, processes), rank=rank, processes=processes)


def chosen_options(chosen):
    """The options of the command line -> what the recipe trains with."""
    options = settings_of(chosen.recipe, chosen.device)
    asked = {key: getattr(chosen, key) for key in ("epochs", "batch_size", "width", "peak") if key in options}
    options |= {key: value for key, value in asked.items() if value}
    if "compiled" in options:
        options["compiled"] = chosen.compile
        options["peak"] = chosen.peak or 0.75 * options["batch_size"] / 512
    return options | {"count": min(50_000, max(1, chosen.images)), "seed": chosen.seed, "device": chosen.device}


def train(chosen, options, rank, processes):
    """Train by the chosen recipe as one of `processes` processes. Raises Refused where they cannot train so."""
    if processes > 1 and chosen.recipe == "seed":
        raise Refused("The seed recipe trains in one process: run it without torchrun.")
    if processes > (batch := min(options["count"], options["batch_size"])):
        raise Refused(f"{processes} processes cannot share a batch of {batch}: lower --nproc-per-node.")
    run = RunFolder(chosen.runs / chosen.recipe)

    def report(record):
        rate = options["count"] / record["seconds"]
        run.write({"recipe": chosen.recipe} | record | {"images_per_second": rate})
        print(
            f"epoch {record['epoch']}: loss {record['loss']:.4f}, test accuracy {100 * record['accuracy']:.2f} %, "
            f"{record['seconds']:.2f} s, {rate:,.0f} images a second"
        )

    with process_group(processes, chosen.device) as device:
        with first_process_first():
            run.begin(options, anew=chosen.anew and rank == 0)
        refusal = run.refusal(options)
        if not refusal:
            more = {"device": device, "checkpoint": run.checkpoint, "report": report if rank == 0 else None}
            more |= {"parallel": data_parallel} if processes > 1 else {}
            recipe = seed_recipe if chosen.recipe == "seed" else fast_recipe
            recipe(chosen.data, progress=rank == 0 and not chosen.quiet, **(options | more))
    if refusal:
        raise Refused(refusal)
    if rank == 0:
        print(f"log: {run.log}")


if __name__ == "__main__":
    sys.exit(main())
