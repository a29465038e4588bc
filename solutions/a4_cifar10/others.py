"""Right answers to assignment 4, written differently."""

import numpy as np
import torch
from torch import nn

# ---- softmax ----


def softmax__log_softmax(scores):
    """By way of the logarithm, after the largest score was taken away."""
    shifted = scores - scores.amax(dim=1, keepdim=True)
    return (shifted - torch.logsumexp(shifted, dim=1, keepdim=True)).exp()


def softmax__logsumexp(scores):
    """logsumexp takes away the largest score by itself; float32 leaves three digits where scores are 10,000."""
    return (scores - torch.logsumexp(scores, dim=1, keepdim=True)).exp()


def softmax__rows(scores):
    """One row after the other, in a list."""
    rows = []
    for row in scores:
        powers = torch.exp(row - row.max())
        rows.append(powers / powers.sum())
    return torch.stack(rows)


def softmax__torch(scores):
    """PyTorch's own."""
    return nn.functional.softmax(scores, dim=-1)


# ---- cross_entropy ----


def cross_entropy__torch(scores, labels):
    """PyTorch's own."""
    return nn.functional.cross_entropy(scores, labels)


def cross_entropy__one_hot(scores, labels):
    """With a one-hot matrix in place of an index."""
    wanted = nn.functional.one_hot(labels, scores.shape[1]).to(scores.dtype)
    return (torch.logsumexp(scores, dim=1) - (scores * wanted).sum(dim=1)).mean()


def cross_entropy__loop(scores, labels):
    """One example after the other."""
    total = 0
    for row, label in zip(scores, labels, strict=True):
        total = total + torch.log(torch.exp(row - row.max()).sum()) + row.max() - row[label]
    return total / len(labels)


def cross_entropy__gather(scores, labels):
    """Picks with `gather`."""
    return -torch.log_softmax(scores, dim=1).gather(1, labels.unsqueeze(1)).squeeze(1).mean()


# ---- dropout ----


def dropout__bernoulli(x, p, training, generator=None):
    """Draws from a Bernoulli distribution."""
    if p < 0 or p > 1:
        raise ValueError("p must lie between 0 and 1")
    if not training or p == 0:
        return x
    keep = torch.bernoulli(torch.full_like(x, 1 - p), generator=generator)
    return x * keep / (1 - p) if p < 1 else torch.zeros_like(x)


def dropout__where(x, p, training, generator=None):
    """Chooses between zero and the scaled number; the mask is drawn in another order."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(p)
    if not training:
        return x.clone()
    drop = torch.rand(x.numel(), generator=generator, dtype=torch.float64).flip(0).reshape(x.shape) < p
    return torch.where(drop, torch.zeros_like(x), x / max(1 - p, 1e-9))


def dropout__in_place_mask(x, p, training, generator=None):
    """Fills a mask in place."""
    if not 0 <= p <= 1:
        raise ValueError("p is a probability")
    if training and p == 1:
        return 0 * x
    if not training:
        return x
    return x * torch.empty_like(x).bernoulli_(1 - p, generator=generator).div_(1 - p)


# ---- dropout2d ----


def dropout2d__bernoulli(x, p, training, generator=None):
    """A Bernoulli mask for examples and channels, laid over all pixels."""
    if p < 0 or p > 1:
        raise ValueError("p must lie between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    keep = torch.bernoulli(torch.full_like(x[:, :, :1, :1], 1 - p), generator=generator)
    return x * (keep / (1 - p)).expand_as(x)


def dropout2d__rand(x, p, training, generator=None):
    """Does without `dropout`."""
    if p < 0 or p > 1:
        raise ValueError("p must lie between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    keep = (torch.rand(*x.shape[:2], 1, 1, generator=generator) >= p).to(x.dtype)
    return x * keep / (1 - p)


def dropout2d__loops(x, p, training, generator=None):
    """Draws numbers all at once and uses them channel by channel, the last first."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training:
        return x
    n, c = x.shape[:2]
    numbers = torch.rand(n * c, generator=generator, dtype=torch.float64).tolist()
    factors = torch.tensor([[0 if numbers.pop() < p else 1 / (1 - p) for _ in range(c)] for _ in range(n)])
    return x * factors.to(x.dtype)[:, :, None, None]


# ---- BatchNorm2d ----


class BatchNorm2d__torch(nn.BatchNorm2d):
    """PyTorch's own under another name."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__(channels, eps=eps, momentum=momentum)


class BatchNorm2d__functional(nn.Module):
    """PyTorch's function on buffers of one's own."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.bias = nn.Parameter(torch.zeros(channels))
        self.weight = nn.Parameter(torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.zeros((), dtype=torch.long))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("running_mean", torch.zeros(channels))

    def forward(self, x):
        if self.training:
            self.num_batches_tracked.add_(1)
        statistics = self.running_mean, self.running_var
        return nn.functional.batch_norm(x, *statistics, self.weight, self.bias, self.training, self.momentum, self.eps)


class BatchNorm2d__rows(nn.Module):
    """Turns each channel into a row, and replaces the buffers instead of changing them."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        n, c, h, w = x.shape
        rows = x.transpose(0, 1).reshape(c, -1)
        if self.training:
            mean = rows.sum(dim=1) / rows.shape[1]
            centred = rows - mean[:, None]
            squares = centred.square().sum(dim=1)
            var = squares / rows.shape[1]
            m, unbiased = self.momentum, squares / (rows.shape[1] - 1)
            self.running_mean = (1 - m) * self.running_mean + m * mean.detach()
            self.running_var = (1 - m) * self.running_var + m * unbiased.detach()
            self.num_batches_tracked = self.num_batches_tracked + 1
        else:
            centred, var = rows - self.running_mean[:, None], self.running_var
        out = self.weight[:, None] * centred * torch.rsqrt(var + self.eps)[:, None] + self.bias[:, None]
        return out.reshape(c, n, h, w).transpose(0, 1)


# ---- random_crop_flip ----


def random_crop_flip__loop(images, *, padding=4, generator=None):
    """One image after the other, three numbers each."""
    n, c, h, w = images.shape
    out = torch.empty_like(images)
    for image, cut in zip(images, out, strict=True):
        top = torch.randint(0, 2 * padding + 1, (1,), generator=generator).item()
        left = torch.randint(0, 2 * padding + 1, (1,), generator=generator).item()
        wide = image.new_zeros(c, h + 2 * padding, w + 2 * padding)
        wide[:, padding : padding + h, padding : padding + w] = image
        crop = wide[:, top : top + h, left : left + w]
        cut.copy_(torch.flip(crop, dims=[-1]) if torch.rand(1, generator=generator) < 0.5 else crop)
    return out


def random_crop_flip__windows(images, *, padding=4, generator=None):
    """Unfolds all windows and picks one for each image; mirrors before it pads."""
    n, _, h, w = images.shape
    coins = torch.rand(n, generator=generator) > 0.5
    images = torch.where(coins[:, None, None, None], images.flip(-1), images)
    windows = nn.functional.pad(images, [padding] * 4).unfold(2, h, 1).unfold(3, w, 1)
    place = torch.randint((2 * padding + 1) ** 2, (n,), generator=generator)
    return windows[torch.arange(n), :, place // (2 * padding + 1), place % (2 * padding + 1)]


def random_crop_flip__shift(images, *, padding=4, generator=None):
    """Shifts rows and columns by index; what comes from outside is multiplied by 0."""
    n, _, h, w = images.shape
    numbers = torch.rand(3, n, 1, generator=generator, dtype=torch.float64)
    down, right = (numbers[:2] * (2 * padding + 1)).long() - padding
    rows, columns = torch.arange(h) + down, torch.arange(w) + right
    columns = torch.where(numbers[2] < 0.5, columns, columns.flip(1))
    inside = ((rows >= 0) & (rows < h))[:, :, None] & ((columns >= 0) & (columns < w))[:, None]
    rows, columns = rows.clamp(0, h - 1)[:, None, :, None], columns.clamp(0, w - 1)[:, None, None]
    picked = images[torch.arange(n)[:, None, None, None], torch.arange(images.shape[1])[:, None, None], rows, columns]
    return picked * inside[:, None]


# ---- normalise ----


def normalise__reshaped(images, mean, std):
    """Gives mean and deviation four axes."""
    return images.sub(mean.reshape(1, -1, 1, 1)).div(std.reshape(1, -1, 1, 1))


def normalise__channels_last(images, mean, std):
    """Moves the channels to the end and back."""
    return ((images.movedim(1, -1) - mean) / std).movedim(-1, 1)


def normalise__loop(images, mean, std):
    """Channel by channel."""
    return torch.stack([(images[:, c] - mean[c]) / std[c] for c in range(images.shape[1])], dim=1)


# ---- denormalise ----


def denormalise__addcmul(images, mean, std):
    """In one call of PyTorch."""
    return torch.addcmul(mean.view(-1, 1, 1), images, std.view(-1, 1, 1))


def denormalise__channels_last(images, mean, std):
    """Moves the channels to the end and back."""
    return (images.permute(0, 2, 3, 1) * std + mean).permute(0, 3, 1, 2)


def denormalise__other_normalisation(images, mean, std):
    """A normalisation with other numbers is its inverse."""
    return (images - (-mean / std)[:, None, None]) / (1 / std)[:, None, None]


# ---- CifarCNN ----


class CifarCNN__layer_by_layer(nn.Module):
    """Spelt out, with ReLUs that write in place, and `view`."""

    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(in_channels=3, out_channels=32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=32, out_channels=64, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(in_channels=64, out_channels=128, kernel_size=3, padding=1),
            nn.BatchNorm2d(128),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=128, out_channels=128, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Dropout2d(p=0.05),
            nn.Conv2d(in_channels=128, out_channels=256, kernel_size=3, padding=1),
            nn.BatchNorm2d(256),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=256, out_channels=256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(p=0.1),
            nn.Linear(4096, 1024),
            nn.ReLU(inplace=True),
            nn.Linear(1024, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(p=0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        images = self.conv_layer(images)
        return self.fc_layer(images.view(images.size(0), -1))


class CifarCNN__appended(nn.Module):
    """Built in a loop, layer after layer."""

    def __init__(self):
        super().__init__()
        self.conv_layer, self.fc_layer = nn.Sequential(), nn.Sequential(nn.Dropout(0.1))
        before = 3
        for first, second in [(32, 64), (128, 128), (256, 256)]:
            for layer in [nn.Conv2d(before, first, 3, padding="same"), nn.BatchNorm2d(first), nn.ReLU()]:
                self.conv_layer.append(layer)
            for layer in [nn.Conv2d(first, second, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]:
                self.conv_layer.append(layer)
            if first == 128:
                self.conv_layer.append(nn.Dropout2d(0.05))
            before = second
        for c_in, c_out in [(4096, 1024), (1024, 512)]:
            self.fc_layer.extend([nn.Linear(c_in, c_out), nn.ReLU()])
        self.fc_layer.extend([nn.Dropout(0.1), nn.Linear(512, 10)])

    def forward(self, images):
        return self.fc_layer(torch.flatten(self.conv_layer(images), start_dim=1))


# ---- fit ----


def fit__best_on_disk_and_tensors(
    model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True
):
    """Copies tensor by tensor, keeps one dictionary of everything, and shows a bar for each epoch."""
    import os

    from tqdm import tqdm

    model.to(device)
    past = {"epoch": 0, "history": [], "best": {}, "highest": -1.0}
    if checkpoint is not None and os.path.isfile(checkpoint):
        past = torch.load(checkpoint, map_location=device, weights_only=True)
        torch.set_rng_state(past["random"].cpu())
        optimizer.load_state_dict(past["optimizer"])
        model.load_state_dict(past["model"])
    while past["epoch"] < epochs:
        model.train(True)
        losses, sizes = [], []
        with tqdm(train, desc=f"epoch {past['epoch'] + 1}", disable=not progress) as bar:
            for images, labels in bar:
                scores = model(images.to(device))
                loss = loss_fn(scores, labels.to(device))
                model.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(len(images))
            model.train(False)
            with torch.inference_mode():
                results = [(model(x.to(device)).max(dim=1)[1], y.to(device)) for x, y in validation]
                right = sum(int((guess == truth).sum()) for guess, truth in results)
            accuracy = right / sum(len(truth) for _, truth in results)
            loss = float(np.average(losses, weights=sizes))
            bar.set_postfix(loss=loss, accuracy=accuracy)
        past["epoch"] += 1
        past["history"].append({"epoch": past["epoch"], "loss": loss, "accuracy": accuracy})
        if accuracy > past["highest"]:
            past["highest"] = accuracy
            past["best"] = {key: value.detach().cpu().clone() for key, value in model.state_dict().items()}
        if checkpoint is not None:
            past |= {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "random": torch.get_rng_state()}
            partial = os.fspath(checkpoint) + ".partial"
            with open(partial, "wb") as file:
                torch.save(past, file)
            os.rename(partial, checkpoint)
    model.load_state_dict(past["best"])
    return past["history"]


def fit__all_states_kept(
    model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True
):
    """Keeps the states of all epochs and chooses at the end; writes through memory."""
    import io
    from pathlib import Path

    from tqdm import trange

    model = model.to(device)
    history, states = [], []
    if checkpoint and Path(checkpoint).exists():
        saved = torch.load(Path(checkpoint), weights_only=True)
        history, states = saved["history"], saved["states"]
        model.load_state_dict(states[-1])
        optimizer.load_state_dict(saved["optimizer"])
        torch.random.set_rng_state(saved["rng"])
    epochs_left = trange(len(history), epochs, disable=not progress)
    for epoch in epochs_left:
        model.train()
        total, count = torch.zeros((), dtype=torch.float64), 0
        for x, y in train:
            optimizer.zero_grad(set_to_none=False)
            loss = loss_fn(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            total += loss.detach().cpu() * x.shape[0]
            count += x.shape[0]
        model.eval()
        hits = []
        for x, y in validation:
            with torch.no_grad():
                hits += (model(x.to(device)).argmax(-1).cpu() == y.cpu()).tolist()
        history += [{"epoch": epoch + 1, "loss": total.item() / count, "accuracy": sum(hits) / len(hits)}]
        epochs_left.set_postfix(history[-1])
        states.append({name: value.clone() for name, value in model.state_dict().items()})
        if checkpoint:
            content = io.BytesIO()
            rng, moments = torch.random.get_rng_state(), optimizer.state_dict()
            torch.save({"history": history, "states": states, "optimizer": moments, "rng": rng}, content)
            beside = Path(checkpoint).with_name("writing")
            beside.write_bytes(content.getvalue())
            beside.replace(checkpoint)
    accuracies = [record["accuracy"] for record in history]
    model.load_state_dict(states[int(np.argmax(accuracies))])
    return history


def fit__short(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    """Short: losses and hits in lists, and a bar that counts epochs."""
    from pathlib import Path

    from tqdm import tqdm

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        history, best = saved["history"], saved["best"]
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["random"])
    for epoch in tqdm(range(len(history) + 1, epochs + 1), disable=not progress):
        model.train()
        losses = []
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(images), labels)
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        right = []
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                right += (model(images).argmax(dim=1) == labels).tolist()
        accuracy = sum(right) / len(right)
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": sum(losses) / len(losses), "accuracy": accuracy})
        if checkpoint:
            content = {"history": history, "best": best, "random": torch.get_rng_state()}
            content |= {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(content, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


# ---- one_cycle ----


def one_cycle__numpy(step, total, peak):
    """Interpolates on the way up; the cosine as a square."""
    way = step / (total - 1)
    if way < 0.3:
        return np.interp(way, [0, 0.3], [0.04 * peak, peak])
    return peak * np.cos(np.pi / 2 * (way - 0.3) / 0.7) ** 2


def one_cycle__two_parts(step, total, peak):
    """Both parts, and the smaller one counts."""
    import math

    place = step / (0.3 * (total - 1))
    rise = 0.04 * (1 - place) + place
    fall = (1 + math.cos(math.pi * (max(place, 1.0) - 1) * 3 / 7)) / 2
    return float(peak * (rise if place <= 1 else fall))


def one_cycle__torch(step, total, peak):
    """A sine, and PyTorch in between."""
    last = total - 1
    if step <= 0.3 * last:
        return torch.tensor(peak * (0.04 + 0.96 * step / (0.3 * last)), dtype=torch.float64).item()
    middle = 0.65 * last
    return (
        peak * (1 - torch.sin(torch.tensor(torch.pi * (step - middle) / (0.7 * last), dtype=torch.float64))).item() / 2
    )


# ---- most_confident_mistakes ----


def most_confident_mistakes__sorted(probabilities, labels, count):
    """Python's `sorted`, a list of ints in the end."""
    rows = list(enumerate(probabilities.tolist()))
    wrong = [(max(row), i) for i, row in rows if row.index(max(row)) != int(labels[i])]
    return torch.tensor([i for _, i in sorted(wrong, reverse=True)][:count], dtype=torch.long)


def most_confident_mistakes__topk(probabilities, labels, count):
    """Sets right predictions to −1 and takes as many of the largest as there are mistakes."""
    surest, guesses = torch.max(probabilities, dim=1)
    mistakes = guesses != labels
    surest = torch.where(mistakes, surest, -torch.ones_like(surest))
    return torch.topk(surest, min(count, int(mistakes.sum()))).indices


# ---- overfit_epoch ----


def overfit_epoch__numpy(train_accuracy, test_accuracy):
    """NumPy, and a list."""
    best = int(np.argmax(test_accuracy))
    return [best + 1, float(np.max(test_accuracy)), float(test_accuracy[-1])]


def overfit_epoch__loop(train_accuracy, test_accuracy):
    """A loop that remembers."""
    best_epoch, best = 0, float("-inf")
    for epoch, accuracy in enumerate(test_accuracy, start=1):
        if accuracy > best:
            best_epoch, best = epoch, accuracy
    return best_epoch, best, accuracy


# ---- the quiz ----

quiz_first_loss__upper_case = "D"
quiz_first_loss__spaces = " d "
quiz_dropout__upper_case = "C"
quiz_dropout__spaces = " c "
quiz_neighbours__upper_case = "A"
quiz_neighbours__spaces = " a "
quiz_last_epoch__upper_case = "B"
quiz_last_epoch__spaces = " b "
