"""Look into a pretrained network, or teach it breeds of cats and dogs: `python -m solutions.a5_vgg16 --help`."""

import json
import sys

import matplotlib.pyplot as plt
import torch

from solutions.a5_vgg16.notebook import (
    MEAN,
    NETWORKS,
    STD,
    WAYS,
    draw_maps,
    draw_patterns,
    load_pets,
    load_picture,
    preprocess,
    published,
    show_ways,
    top_k,
    try_ways,
)
from solutions.training import append, command_line, exit_code, parse

EPILOG = """what it does:
  look       load a picture, print the five most probable categories, and write RUNS/look-NETWORK.png with saliency,
             occlusion and Grad-CAM of the first
  transfer   train on the Oxford-IIIT Pet data set, frozen, fine-tuned and from scratch; a line for each epoch and for
             each result goes to RUNS/transfer.jsonl. Ctrl-C stops cleanly; the same command goes on with what has
             no result yet

Weights and data are fetched if they are not there. --untrained and --patterns do without a network: weights thrown with
dice, and made-up pictures of six kinds."""


def look(chosen):
    """Print what a network sees in a picture, and draw why."""
    make, weights = published(chosen.networks[0])
    layer = {"VGG16": "features.29", "ResNet-50": "layer4"}[chosen.networks[0]]
    model = make(weights=None if chosen.untrained else weights).to(chosen.device).eval()
    photograph, whose = load_picture(chosen.picture, folder=chosen.data)
    image, names = preprocess(photograph).to(chosen.device), weights.meta["categories"]
    print(whose)
    answers = top_k(model, image[None], names, 5)[0]
    for name, probability in answers:
        print(f"{100 * probability:6.2f} %  {name}")
    plt.switch_backend("agg")
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.4))
    axes[0].imshow((image.cpu() * STD[:, None, None] + MEAN[:, None, None]).clamp(0, 1).permute(1, 2, 0).numpy())
    axes[0].set_title(f"“{answers[0][0]}”", fontsize=10)
    axes[0].axis("off")
    draw_maps(axes[1:], model, image, names.index(answers[0][0]), layer)
    path = chosen.runs / f"look-{chosen.networks[0]}.png"
    figure.savefig(path, dpi=150, bbox_inches="tight")
    plt.close(figure)
    print(path)


def transfer(chosen):
    """Train in the ways that were chosen, with a log."""
    log = chosen.runs / "transfer.jsonl"
    same = "breeds each side epochs batch_size seed device untrained patterns".split()
    settings = {key: getattr(chosen, key) for key in same}
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    done = {(line["network"], line["way"]): line for line in lines if line.get("settings") == settings}

    if chosen.patterns:
        sides = {"side": chosen.side}
        *train, names = draw_patterns(20 * 6 if chosen.each is None else chosen.each * 6, **sides)
        *test, _ = draw_patterns(90, seed=1, **sides)
    else:
        options = {"breeds": chosen.breeds, "each": chosen.each, "side": chosen.side}
        *train, names = load_pets(chosen.data, split="trainval", **options)
        *test, _ = load_pets(chosen.data, split="test", **options)
    print(f"{len(train[1]):,} pictures for training, {len(test[1]):,} for the test, {len(names)} classes")
    records = []
    for name, way in [(name, way) for name in chosen.networks for way in chosen.ways]:

        def report(way, epoch, loss, seconds, name=name):
            print(f"{name}, {way}, epoch {epoch}: loss {loss:.4f}, {seconds:.1f} s")
            append(log, {"network": name, "way": way, "epoch": epoch, "loss": loss, "seconds": seconds})

        if (name, way) in done:
            print(f"{name}, {way}: the result is in the log")
            records.append(done[name, way])
            continue
        torch.manual_seed(chosen.seed)
        sizes = {"epochs": chosen.epochs, "size": chosen.batch_size, "pretrained": not chosen.untrained}
        for row in try_ways(name, train, test, len(names), device=chosen.device, ways=(way,), report=report, **sizes):
            records.append(row)
            append(log, row | {"pictures": len(train[1]), "settings": settings})
    print()
    show_ways(records)
    print(f"log: {log}")


def main(arguments=None):
    """The command line. Returns the exit code."""
    description = "Look into a pretrained network, or teach it breeds of cats and dogs."
    parser = command_line("a5_vgg16", description=description, epilog=EPILOG)
    parser.add_argument("what", choices=["look", "transfer"])
    parser.add_argument(
        "--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS), help="(both; look: the first)"
    )
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="of transfer (all three)")
    parser.add_argument("--picture", default="bird.jpg", help="for look: a file; without one, the bird (bird.jpg)")
    parser.add_argument("--breeds", type=int, default=37, help="the first so many (37)")
    parser.add_argument("--each", type=int, help="pictures of each breed, for training and for the test (all)")
    parser.add_argument("--side", type=int, default=224, help="height and width of the pictures in transfer (224)")
    parser.add_argument(
        "--epochs", type=int, nargs=3, default=[30, 4, 6], metavar=("HEAD", "FINE", "SCRATCH"), help="(30 4 6)"
    )
    parser.add_argument("--batch-size", type=int, default=32, help="(32)")
    parser.add_argument("--untrained", action="store_true", help="weights thrown with dice, instead of fetched ones")
    parser.add_argument("--patterns", action="store_true", help="made-up patterns instead of the pets")
    chosen = parse(parser, arguments)
    chosen.runs.mkdir(parents=True, exist_ok=True)
    return exit_code(
        lambda: look(chosen) if chosen.what == "look" else transfer(chosen),
        if_stopped="What has been finished is in the log; the same command goes on from there.",
    )


if __name__ == "__main__":
    sys.exit(main())
