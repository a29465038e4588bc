"""Right answers of assignment 3, written differently: tests and questions accept every one."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# ---- make_splits ----


def make_splits__random_split(dataset, *, validation, seed):
    """PyTorch's own split."""
    if validation <= 0 or validation >= len(dataset):
        raise ValueError("both parts need examples")
    sizes = [len(dataset) - validation, validation]
    return torch.utils.data.random_split(dataset, sizes, generator=torch.Generator().manual_seed(seed))


def make_splits__sorted(dataset, *, validation, seed):
    """Another library's generator, both parts in the order of the data set, in a list."""
    if validation not in range(1, len(dataset)):
        raise ValueError("both parts need examples")
    chosen = np.random.default_rng(seed).choice(len(dataset), validation, replace=False)
    parts = np.setdiff1d(np.arange(len(dataset)), chosen), np.sort(chosen)
    return [torch.utils.data.Subset(dataset, part) for part in parts]


def make_splits__standard_library(dataset, *, validation, seed):
    """Python's own random numbers, of a generator of their own."""
    import random

    if not 1 <= validation <= len(dataset) - 1:
        raise ValueError("both parts need examples")
    order = list(range(len(dataset)))
    random.Random(seed).shuffle(order)
    subset = torch.utils.data.Subset
    return subset(dataset, order[: len(dataset) - validation]), subset(dataset, order[-validation:])


# ---- normalisation ----


def normalisation__population(images):
    """Divides by the number of pixels."""
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    return mean.flatten(), ((images - mean) ** 2).mean(dim=(0, 2, 3)).sqrt()


def normalisation__channel_by_channel(images):
    """One channel after the other."""
    channels = [images[:, c].flatten() for c in range(images.shape[1])]
    return torch.stack([c.mean() for c in channels]), torch.stack([c.std() for c in channels])


def normalisation__numpy(images):
    """NumPy in double precision."""
    pixels = images.numpy().astype(float).swapaxes(0, 1).reshape(images.shape[1], -1)
    return torch.tensor(pixels.mean(axis=1)), torch.tensor(pixels.std(axis=1))


# ---- FashionCNN ----


class FashionCNN__flattens(nn.Module):
    """Convolutions, pooling, one dense layer over all that is left; no batch norm, no normalisation."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 5, padding=2), nn.Conv2d(16, 32, 3)
        self.fc1, self.fc2, self.drop = nn.Linear(32 * 36, 64), nn.Linear(64, 10), nn.Dropout(0.25)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.conv1(images)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).reshape(len(images), -1)
        return self.fc2(self.drop(F.relu(self.fc1(x))))


class FashionCNN__module_list(nn.Module):
    """Strides instead of pooling, layers in a ModuleList, buffers for the normalisation, another activation."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.286))
        self.register_buffer("std", torch.tensor(0.353))
        widths = [1, 16, 32, 64]
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in zip(widths, widths[1:], strict=False)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(4, b) for b in widths[1:])
        self.head = nn.Conv2d(64, 10, 4)

    def forward(self, images):
        x = (images - self.mean) / self.std
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.gelu(norm(conv(x)))
        return self.head(x).flatten(1)


class FashionCNN__sequential(nn.Sequential):
    """The whole network is a Sequential; batch norm comes first and normalises."""

    def __init__(self):
        parts = [nn.BatchNorm2d(1)]
        for channels_in, channels_out in [(1, 24), (24, 48), (48, 64)]:
            parts += [nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out)]
            parts += [nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        super().__init__(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(64, 10))


class FashionCNN__lazy(nn.Module):
    """Layers that learn their sizes from the first images; one that nothing uses."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.LazyConv2d(12, 5, stride=2), nn.ReLU(), nn.MaxPool2d(3), nn.Flatten())
        self.head, self.unused = nn.LazyLinear(10), nn.Linear(3, 3)

    def forward(self, images):
        return self.head(self.layers(images))


class FashionCNN__small(nn.Module):
    """One convolution, and the mean of what it finds."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 32, 5, stride=2), nn.Linear(32, 10)

    def forward(self, images):
        return self.head(self.conv(images).relu().mean(dim=(2, 3)))


# ---- initial_loss ----


def initial_loss__a_copy(model, images, labels):
    """Measures a copy, so that nothing has to be put back."""
    return float(F.cross_entropy(copy.deepcopy(model).eval()(images), labels).detach())


def initial_loss__by_hand(model, images, labels):
    """The formula, and a mode that comes back in any case; a NumPy number."""
    was = model.training
    try:
        with torch.inference_mode():
            logits = model.eval()(images).double()
            return np.float64((logits.logsumexp(1) - logits[range(len(labels)), labels]).mean())
    finally:
        model.train(was)


# ---- overfit_one_batch ----


def overfit_one_batch__stops_early(model, images, labels, *, steps):
    """Another optimiser, and no step more than needed."""

    def accuracy():
        model.eval()
        with torch.no_grad():
            return (model(images).argmax(1) == labels).double().mean().item()

    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    while steps > 0 and accuracy() < 1:
        model.train()
        loss = nn.CrossEntropyLoss()(model(images), labels)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        steps -= 1
    return accuracy()


def overfit_one_batch__momentum(model, images, labels, *, steps):
    """Gradient descent with momentum; hits counted one by one."""
    optimizer, loss_fn = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), nn.CrossEntropyLoss()
    optimizer.zero_grad()
    for _ in range(steps):
        model.train()
        loss_fn(model(images), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        guesses = model.eval()(images).max(dim=1).indices.tolist()
    return sum(guess == label for guess, label in zip(guesses, labels.tolist(), strict=True)) / len(guesses)


def overfit_one_batch__no_optimiser(model, images, labels, *, steps):
    """Plain gradient descent without an optimiser: gradients by `torch.autograd.grad`, weights moved by hand."""
    model.train()
    parameters = list(model.parameters())
    for _ in range(steps):
        gradients = torch.autograd.grad(F.cross_entropy(model(images), labels), parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= 0.1 * gradient
    with torch.no_grad():
        return (model.eval()(images).argmax(dim=1) == labels).double().mean().item()


def overfit_one_batch__by_hand(model, images, labels, *, steps):
    """Plain gradient descent by `backward`, in which each weight is replaced; the sum of the losses, a smaller rate."""
    for _ in range(steps):
        model.train().zero_grad(set_to_none=False)
        F.cross_entropy(model(images), labels, reduction="sum").backward()
        for parameter in model.parameters():
            parameter.data = parameter.data - 0.005 * parameter.grad
    model.eval()
    return float(np.mean(model(images).detach().argmax(dim=1).numpy() == labels.numpy()))


# ---- train_epoch ----


def train_epoch__lists(model, loader, loss_fn, optimizer, device):
    """Keeps losses and sizes in lists, clears the model's gradients late, and leaves the average to NumPy."""
    losses, sizes = [], []
    for batch in loader:
        x, y = (part.to(device, non_blocking=True) for part in batch)
        loss = loss_fn(model.train()(x), y)
        model.zero_grad(set_to_none=False)
        loss.backward()
        losses.append(float(loss.detach()))
        sizes.append(x.shape[0])
        optimizer.step()
    return float(np.average(losses, weights=sizes))


def train_epoch__detached(model, loader, loss_fn, optimizer, device):
    """Adds up tensors without a graph, and reads the number once at the end; clears the gradients after the step."""
    model.train(True)
    optimizer.zero_grad()
    total, count = torch.zeros((), dtype=torch.float64), 0
    for x, y in loader:
        x, y = x.to(device=device), y.to(device=device)
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total, count = total + loss.detach().cpu() * len(y), count + len(y)
    return total.item() / count


# ---- evaluate ----


def evaluate__collects(model, loader, device):
    """Collects all hits, decorates instead of `with`, and puts the modes back in any case."""

    @torch.no_grad()
    def hits():
        return torch.cat([model(x.to(device)).max(1)[1].eq(y.to(device)).cpu() for x, y in loader])

    modes = {name: part.training for name, part in model.named_modules()}
    try:
        model.eval()
        return float(hits().float().mean())
    finally:
        for name, part in model.named_modules():
            part.training = modes[name]


def evaluate__a_copy(model, loader, device):
    """Measures a copy, so that nothing has to be put back; softmax does not change which is largest."""
    twin, right, count = copy.deepcopy(model).eval(), 0, 0
    with torch.inference_mode():
        for x, y in loader:
            guesses = twin(x.to(device=device)).softmax(dim=-1).argmax(dim=-1)
            right += int((guesses == y.to(device=device)).sum())
            count += y.shape[0]
    return right / count


# ---- predict ----


def predict__sorted(model, images, *, top):
    """Sorts all kinds and cuts; each part's mode is put back."""
    modes = [part.training for part in model.modules()]
    with torch.no_grad():
        logits = model.eval()(images)
    for part, mode in zip(model.modules(), modes, strict=True):
        part.training = mode
    order = logits.argsort(dim=1, descending=True)[:, :top]
    return F.softmax(logits, dim=1).gather(1, order), order


def predict__by_hand(model, images, *, top):
    """The formula, on a copy; a named tuple of torch.topk's."""
    logits = copy.deepcopy(model).eval()(images).detach()
    scores = (logits - logits.max(dim=1, keepdim=True).values).exp()
    return torch.topk(scores / scores.sum(dim=1, keepdim=True), k=top)


# ---- confusion_matrix ----


def confusion_matrix__loop(labels, predictions, classes):
    """A loop over the pairs."""
    matrix = torch.zeros(classes, classes, dtype=torch.int32)
    for label, prediction in zip(labels.tolist(), predictions.tolist(), strict=True):
        matrix[label, prediction] += 1
    return matrix


def confusion_matrix__one_hot(labels, predictions, classes):
    """A product of one-hot matrices."""
    return F.one_hot(labels, classes).T @ F.one_hot(predictions, classes)


def confusion_matrix__index_put(labels, predictions, classes):
    """PyTorch's way of adding into cells that occur more than once."""
    matrix = torch.zeros(classes, classes, dtype=torch.long)
    return matrix.index_put_((labels, predictions), torch.ones_like(labels), accumulate=True)


# ---- capture_features ----


def capture_features__exit_stack(model, images, layers):
    """An ExitStack removes the hooks, names are bound by a partial function."""
    from contextlib import ExitStack
    from functools import partial

    features, mode = {}, model.training

    def keep(name, layer, inputs, output):
        features[name] = output.clone().detach()

    with ExitStack() as stack:
        stack.callback(model.train, mode)
        for name, layer in model.named_modules():
            if name in layers:
                stack.callback(layer.register_forward_hook(partial(keep, name)).remove)
        with torch.inference_mode(False), torch.no_grad():
            model.eval()(images)
    return features


def capture_features__get_submodule(model, images, layers):
    """Finds layers by `get_submodule`, copies into tensors of its own."""
    modes, handles, features = [(part, part.training) for part in model.modules()], [], dict.fromkeys(layers)
    try:
        for name in layers:

            def hook(_, __, output, name=name):
                features[name] = output.data.contiguous().clone()

            handles.append(model.get_submodule(name).register_forward_hook(hook))
        with torch.set_grad_enabled(False):
            model.eval().forward(images)
        return features
    finally:
        for handle in handles:
            handle.remove()
        for part, mode in modes:
            part.training = mode


# ---- the bug clinic ----


def clinic_1__late(model, images, labels, optimizer, *, steps):
    """Clears the gradients just before `backward`."""
    losses = []
    while len(losses) < steps:
        loss = nn.CrossEntropyLoss()(model(images), labels)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def clinic_1__model(model, images, labels, optimizer, *, steps):
    """Clears the model's gradients, before the loop and after each step."""
    losses = []
    model.zero_grad()
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        model.zero_grad()
    return losses


def clinic_2__split(model, images, labels, optimizer, *, size):
    """Batches by `split`."""
    losses = []
    for x, y in zip(images.split(size), labels.split(size), strict=True):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


def clinic_2__after(model, images, labels, optimizer, *, size):
    """Clears before the loop and after each step; a tuple comes back."""
    losses = ()
    optimizer.zero_grad()
    for start in range(0, len(images), size):
        rows = slice(start, start + size)
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses += (loss.item(),)
    return losses


def clinic_3__log_softmax(model, images, labels, optimizer, *, steps):
    """Log-softmax, and the loss that wants it."""
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.nll_loss(model(images).log_softmax(dim=1), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def clinic_3__by_hand(model, images, labels, optimizer, *, steps):
    """The formula itself."""
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(images)
        loss = (logits.logsumexp(dim=1) - logits.gather(1, labels[:, None])[:, 0]).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def clinic_4__after(model, images, labels, optimizer, *, validation, epochs):
    """Sets training mode above the loop, and again after each measuring."""
    accuracies = []
    model.train()
    for _ in range(epochs):
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracies.append(float((model(validation[0]).argmax(dim=1) == validation[1]).float().mean()))
        model.train()
    return accuracies


def clinic_4__each_batch(model, images, labels, optimizer, *, validation, epochs):
    """Sets training mode for each batch."""
    accuracies = []
    for _ in range(epochs):
        for x, y in zip(images.split(64), labels.split(64), strict=True):
            model.train()
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            guesses = model.train(False)(validation[0]).argmax(dim=1)
        accuracies.append((guesses == validation[1]).sum().item() / len(guesses))
    return accuracies


def clinic_5__detach(model, images, labels, optimizer, *, size):
    """Adds up tensors without a graph, and reads the number at the end."""
    total = 0.0
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return total.item() / len(images)


def clinic_5__list(model, images, labels, optimizer, *, size):
    """A list of plain numbers."""
    sums = []
    for x, y in zip(images.split(size), labels.split(size), strict=True):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        sums.append(float(loss.detach()) * len(x))
    return sum(sums) / len(images)


def clinic_6__rows(model, images, labels, optimizer, *, size, generator):
    """Shuffles the rows, and picks images and labels batch by batch."""
    losses = []
    for rows in torch.randperm(len(labels), generator=generator).split(size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def clinic_6__argsort(model, images, labels, optimizer, *, size, generator):
    """Shuffles by sorting random numbers: another order, as good."""
    order = torch.rand(len(images), generator=generator).argsort()
    images, labels = images.index_select(0, order), labels.index_select(0, order)
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# ---- the quiz ----

quiz_hundred_kinds__upper_case = "B"
quiz_hundred_kinds__spaces = " b "
quiz_eval__upper_case = "A"
quiz_eval__spaces = " a "
quiz_selection__upper_case = "C"
quiz_selection__spaces = " c "
quiz_matrix__upper_case = "D"
quiz_matrix__spaces = " d "
quiz_gap__upper_case = "B"
quiz_gap__spaces = " b "
