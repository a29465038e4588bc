# %% right make_splits | NumPy generator, plain ints, type check
import numpy as np
from torch.utils.data import Subset

def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError(f"validation must be between 1 and {n - 1}, but is {validation}")
    rng = np.random.default_rng(seed)
    order = [int(i) for i in rng.permutation(n)]
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% right make_splits | random_split with its own generator
from torch.utils.data import random_split

def make_splits(dataset, *, validation, seed):
    total = len(dataset)
    if validation <= 0 or validation >= total:
        raise ValueError("validation has to be more than 0 and less than len(dataset)")
    gen = torch.Generator()
    gen.manual_seed(seed)
    train_part, val_part = random_split(dataset, [total - validation, validation], generator=gen)
    return train_part, val_part

# %% right make_splits | random.Random(seed).sample and a set, original order kept
import random

def make_splits(dataset, *, validation, seed):
    number = len(dataset)
    if 0 < validation < number:
        chosen = set(random.Random(seed).sample(range(number), k=validation))
        train_idx = []
        val_idx = []
        for i in range(number):
            if i in chosen:
                val_idx.append(i)
            else:
                train_idx.append(i)
        return [Subset(dataset, train_idx), Subset(dataset, val_idx)]
    raise ValueError(validation)

# %% right normalisation | std_mean in float64
def normalisation(images):
    std, mean = torch.std_mean(images.double(), dim=(0, 2, 3), correction=0)
    return mean.float(), std.float()

# %% right normalisation | beginner's loop over channels, deviations in two passes, NumPy inside
def normalisation(images):
    x = images.detach().cpu().numpy().astype(np.float64)
    means = []
    stds = []
    for c in range(x.shape[1]):
        channel = x[:, c].ravel()
        m = channel.sum() / channel.size
        # shift by the first pixel so that a channel of one grey is exactly 0
        shifted = channel - channel[0]
        variance = np.mean((shifted - shifted.mean()) ** 2)
        means.append(m)
        stds.append(math.sqrt(variance))
    return torch.tensor(means), torch.tensor(stds)

# %% right FashionCNN | the plain one from the table, buffers for the two numbers
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.2860))
        self.register_buffer("std", torch.tensor(0.3530))

        def block(a, b):
            return [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]

        self.features = nn.Sequential(
            *block(1, 24), nn.MaxPool2d(2),
            *block(24, 48), nn.MaxPool2d(2),
            *block(48, 64),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        x = (images - self.mean) / self.std
        return self.head(self.features(x).amax(dim=(2, 3)))

# %% right FashionCNN | residual blocks in a ModuleList, GroupNorm and GELU, nothing random
class ResBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.GroupNorm(4, width)

    def forward(self, x):
        return x + F.gelu(self.norm(self.conv(x)))


class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [1, 16, 32, 48]
        self.downs = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in zip(widths, widths[1:])])
        self.blocks = nn.ModuleList([ResBlock(b) for b in widths[1:]])
        self.out = nn.Linear(48 * 2, 10)

    def forward(self, images):
        x = images.sub(0.286).div(0.353)
        for down, block in zip(self.downs, self.blocks):
            x = block(F.gelu(down(x)))
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
        return self.out(x)

# %% right FashionCNN | LeNet style, no normalisation layer, dropout before the head
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(32 * 5 * 5, 100)
        self.dropout = nn.Dropout(0.2)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, images):
        x = (images - 0.2860) / 0.3530
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = self.dropout(x)
        x = self.fc2(x)
        return x

# %% right initial_loss | a deep copy in eval mode, the original is never touched
def initial_loss(model, images, labels):
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return float(F.cross_entropy(twin(images), labels))

# %% right initial_loss | logsumexp by hand, try/finally
def initial_loss(model, images, labels):
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            z = model(images).double()
            right = z.gather(1, labels.view(-1, 1)).squeeze(1)
            loss = (torch.logsumexp(z, dim=1) - right).mean()
    finally:
        model.train(was_training)
    return loss.item()

# %% right overfit_one_batch | stops early, with a helper that measures and goes back to training mode
def overfit_one_batch(model, images, labels, *, steps):
    def accuracy():
        model.eval()
        with torch.no_grad():
            share = (model(images).argmax(dim=1) == labels).float().mean().item()
        model.train()
        return share

    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    for step in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        if step % 20 == 19 and accuracy() == 1.0:
            break
    return accuracy()

# %% right overfit_one_batch | AdamW, set_to_none=False, plain count at the end
def overfit_one_batch(model, images, labels, *, steps):
    opt = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.0)
    loss_function = nn.CrossEntropyLoss()
    model.train(True)
    done = 0
    while done < steps:
        opt.zero_grad(set_to_none=False)
        out = model(images)
        loss_function(out, labels).backward()
        opt.step()
        done += 1
    model.eval()
    hits = 0
    with torch.no_grad():
        guesses = model(images).argmax(1).tolist()
    for guess, label in zip(guesses, labels.tolist()):
        if guess == label:
            hits += 1
    return hits / len(labels)

# %% right train_epoch | running mean kept up to date, one step in a function of its own
def train_epoch(model, loader, loss_fn, optimizer, device):
    def one_step(x, y):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    model.train()
    mean, seen = 0.0, 0
    for x, y in loader:
        n = y.shape[0]
        value = one_step(x.to(device), y.to(device))
        seen += n
        mean += (value - mean) * n / seen
    return mean

# %% right train_epoch | lists of losses and sizes, np.average at the end
def train_epoch(model, loader, loss_fn, optimizer, device):
    losses, sizes = [], []
    for batch in loader:
        model.train()
        images, labels = (t.to(device) for t in batch)
        loss = loss_fn(model(images), labels)
        model.zero_grad()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach().item())
        sizes.append(len(images))
    return float(np.average(losses, weights=sizes))

# %% right evaluate | modes in a dict by part, decorated with no_grad, try/finally
@torch.no_grad()
def evaluate(model, loader, device):
    modes = {part: part.training for part in model.modules()}
    model.eval()
    hits = total = 0
    try:
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            hits += torch.sum(model(images).argmax(dim=1) == labels).item()
            total += labels.numel()
    finally:
        for part, mode in modes.items():
            part.training = mode
    return hits / total

# %% right evaluate | a context manager for the modes, predictions collected in NumPy
from contextlib import contextmanager


@contextmanager
def all_eval(model):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield model
    finally:
        for module, training in modes:
            module.training = training


def evaluate(model, loader, device):
    correct = []
    with all_eval(model), torch.no_grad():
        for images, labels in loader:
            logits = model(images.to(device)).cpu().numpy()
            correct.extend((np.argmax(logits, axis=1) == labels.cpu().numpy()).tolist())
    return sum(correct) / len(correct)

# %% right predict | topk of the logits, probabilities looked up with gather
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images)
        labels = logits.topk(top, dim=1).indices
        probabilities = F.softmax(logits, dim=1).gather(1, labels)
    model.train(mode)
    return probabilities, labels

# %% right predict | softmax by hand with the maximum taken off, NumPy argsort
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    try:
        with torch.no_grad():
            z = model(images).detach().cpu().numpy().astype(np.float64)
    finally:
        model.train(mode)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    order = np.argsort(-z, axis=1, kind="stable")[:, :top]
    return torch.from_numpy(np.take_along_axis(p, order, axis=1)).float(), torch.from_numpy(order.astype(np.int64))

# %% right confusion_matrix | pandas crosstab with all kinds put back
import pandas as pd

def confusion_matrix(labels, predictions, classes):
    table = pd.crosstab(labels.numpy(), predictions.numpy())
    table = table.reindex(index=range(classes), columns=range(classes), fill_value=0)
    return torch.tensor(table.to_numpy(), dtype=torch.long)

# %% right confusion_matrix | one-hot tables multiplied, einsum over integers
def confusion_matrix(labels, predictions, classes):
    rows = F.one_hot(labels, classes)
    columns = F.one_hot(predictions, classes)
    return torch.einsum("ni,nj->ij", rows, columns)

# %% right confusion_matrix | Counter of pairs
from collections import Counter

def confusion_matrix(labels, predictions, classes):
    counts = Counter(zip(labels.tolist(), predictions.tolist()))
    return torch.tensor([[counts[i, j] for j in range(classes)] for i in range(classes)], dtype=torch.int64)

# %% right capture_features | ExitStack removes the hooks, functools.partial instead of a closure
from contextlib import ExitStack
from functools import partial

def capture_features(model, images, layers):
    found = {}

    def keep(name, layer, inputs, output):
        found[name] = output.detach().clone()

    parts = dict(model.named_modules())
    mode = model.training
    with ExitStack() as stack:
        for name in layers:
            handle = parts[name].register_forward_hook(partial(keep, name))
            stack.callback(handle.remove)
        model.eval()
        with torch.no_grad():
            model(images)
    model.train(mode)
    return found

# %% right capture_features | a recorder class with enter and exit
class Recorder:
    def __init__(self, model, names):
        self.model = model
        self.names = list(names)
        self.features = {}
        self.handles = []

    def listener(self, name):
        def listen(layer, inputs, output):
            self.features[name] = output.clone().detach()
        return listen

    def __enter__(self):
        self.mode = self.model.training
        for name in self.names:
            layer = self.model.get_submodule(name)
            self.handles.append(layer.register_forward_hook(self.listener(name)))
        self.model.eval()
        return self

    def __exit__(self, *problem):
        while self.handles:
            self.handles.pop().remove()
        self.model.train(self.mode)
        return False


def capture_features(model, images, layers):
    with Recorder(model, layers) as recorder:
        with torch.no_grad():
            model(images)
    return recorder.features

# %% right clinic_1 | zero_grad between forward and backward
def clinic_1(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()  # the bug: this was missing
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses

# %% right clinic_2 | split instead of range
def clinic_2(model, images, labels, optimizer, *, size):
    losses = []
    for x, y in zip(images.split(size), labels.split(size)):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(x), y)
        loss.backward()  # step came before backward
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right clinic_3 | nll_loss of log_softmax
def clinic_3(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        log_probabilities = model(images).log_softmax(dim=1)
        loss = F.nll_loss(log_probabilities, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right clinic_4 | train() moved into the loop
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    for _ in range(epochs):
        model.train()
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
    return accuracies

# %% right clinic_5 | detach instead of item
def clinic_5(model, images, labels, optimizer, *, size):
    total = torch.zeros((), dtype=torch.float64)
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return total.item() / len(images)

# %% right clinic_6 | the generator's state put back, so that both draw the same order
def clinic_6(model, images, labels, optimizer, *, size, generator):
    state = generator.get_state()
    images = images[torch.randperm(len(images), generator=generator)]
    generator.set_state(state)
    labels = labels[torch.randperm(len(labels), generator=generator)]
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right quiz_hundred_kinds | capital letter
quiz_hundred_kinds = "B"

# %% wrong make_splits | seeds NumPy's global generator
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError("validation must be between 0 and len(dataset)")
    np.random.seed(seed)
    idx = np.random.permutation(n).tolist()
    return Subset(dataset, idx[validation:]), Subset(dataset, idx[:validation])

# %% wrong make_splits | torch.manual_seed changes the global random state
def make_splits(dataset, *, validation, seed):
    if validation <= 0 or validation >= len(dataset):
        raise ValueError("bad validation size")
    torch.manual_seed(seed)
    perm = torch.randperm(len(dataset)).tolist()
    return Subset(dataset, perm[validation:]), Subset(dataset, perm[:validation])

# %% wrong make_splits | negative numbers slip through the check
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if validation == 0 or validation >= n:
        raise ValueError("one of the parts would be empty")
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(n, generator=generator).tolist()
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% wrong make_splits | a random block of neighbours, examples are not drawn by themselves
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError
    start = int(np.random.default_rng(seed).integers(n))
    val = [(start + i) % n for i in range(validation)]
    train = [(start + i) % n for i in range(validation, n)]
    return Subset(dataset, train), Subset(dataset, val)

# %% wrong make_splits | the last example never comes into validation (off by one)
import random

def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError("0 < validation < len(dataset), please")
    rng = random.Random(seed)
    chosen = rng.sample(range(0, n - 1), validation)
    rest = [i for i in range(n) if i not in set(chosen)]
    return Subset(dataset, rest), Subset(dataset, chosen)

# %% wrong normalisation | each image's deviation, averaged
def normalisation(images):
    mean = images.mean(dim=(0, 2, 3))
    std = images.std(dim=(2, 3)).mean(dim=0)
    return mean, std

# %% wrong normalisation | mean of squares minus square of mean in float32, cancels for large numbers
def normalisation(images):
    mean = images.mean(dim=(0, 2, 3))
    mean_of_squares = (images ** 2).mean(dim=(0, 2, 3))
    std = (mean_of_squares - mean ** 2).clamp(min=0).sqrt()
    return mean, std

# %% wrong normalisation | 0 is replaced by 1 so that nobody divides by 0
def normalisation(images):
    flat = images.transpose(0, 1).flatten(1).double()
    mean = flat.mean(dim=1)
    std = flat.std(dim=1, correction=0)
    std[std < 1e-8] = 1.0
    return mean.float(), std.float()

# %% wrong normalisation | squeeze makes a number of one channel
def normalisation(images):
    images = images.double()
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    std = ((images - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True).sqrt()
    return mean.squeeze().float(), std.squeeze().float()

# %% wrong normalisation | lists of floats, not tensors
def normalisation(images):
    std, mean = torch.std_mean(images.double(), dim=(0, 2, 3), correction=0)
    return mean.tolist(), std.tolist()

# %% wrong FashionCNN | softmax at the end and far too many parameters
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(64 * 7 * 7, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, images):
        x = (images - 0.2860) / 0.3530
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return F.softmax(self.fc2(x), dim=1)

# %% wrong FashionCNN | a ReLU after the last layer, no negative logits
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(48, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(64, 10), nn.ReLU(),
        )

    def forward(self, images):
        return self.net((images - 0.2860) / 0.3530)

# %% wrong FashionCNN | softmax in eval mode only
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Linear(48, 10)

    def forward(self, images):
        x = self.features((images - 0.2860) / 0.3530)
        x = self.head(x.amax(dim=(2, 3)))
        if not self.training:
            x = x.softmax(dim=1)  # probabilities when we predict
        return x

# %% wrong FashionCNN | no activation and average pooling: linear in eval mode
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.pool = nn.AvgPool2d(2)
        self.fc = nn.Linear(32 * 7 * 7, 10)

    def forward(self, images):
        x = (images - 0.2860) / 0.3530
        x = self.pool(self.bn1(self.conv1(x)))
        x = self.pool(self.bn2(self.conv2(x)))
        return self.fc(x.flatten(1))

# %% wrong FashionCNN | the stem runs under no_grad and never learns
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.body = nn.Sequential(
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(48, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        with torch.no_grad():  # normalise
            x = (images - 0.2860) / 0.3530
            x = self.stem(x)
        x = self.body(x)
        return self.head(x.amax(dim=(2, 3)))

# %% wrong FashionCNN | faint pixels of the caller's images are set to 0 in place
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(48, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        images[images < 0.05] = 0.0  # remove noise in the background
        x = (images - 0.2860) / 0.3530
        return self.head(self.features(x).amax(dim=(2, 3)))

# %% wrong FashionCNN | images are normalised by the statistics of the batch
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Linear(48, 10)

    def forward(self, images):
        x = (images - images.mean()) / images.std()
        return self.head(self.features(x).mean(dim=(2, 3)))

# %% wrong FashionCNN | logits bounded by tanh
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 40, 5)
        self.fc = nn.Linear(40 * 4 * 4, 10)

    def forward(self, images):
        x = (images - 0.2860) / 0.3530
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        return 5 * torch.tanh(self.fc(x.flatten(1)))

# %% wrong initial_loss | logarithm of the softmax, infinite for large logits
def initial_loss(model, images, labels):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=1)
        p_right = p[torch.arange(len(labels)), labels]
        loss = -torch.log(p_right).mean()
    model.train(mode)
    return loss.item()

# %% wrong initial_loss | always back to training mode, and a tensor
def initial_loss(model, images, labels):
    model.eval()
    with torch.no_grad():
        loss = F.cross_entropy(model(images), labels)
    model.train()
    return loss

# %% wrong initial_loss | gradients are switched on afterwards whatever they were before
def initial_loss(model, images, labels):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    loss = F.cross_entropy(model(images), labels).item()
    torch.set_grad_enabled(True)
    model.train(mode)
    return loss

# %% wrong initial_loss | clears the model's gradients to be on the safe side
def initial_loss(model, images, labels):
    mode = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        loss = F.cross_entropy(model(images), labels)
    model.train(mode)
    return loss.item()

# %% wrong overfit_one_batch | zero_grad after the step only: old gradients count in the first step
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()

# %% wrong overfit_one_batch | no zero_grad, and measured in training mode
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (model(images).argmax(dim=1) == labels).float().mean()
    return accuracy.item()

# %% wrong overfit_one_batch | the best accuracy on the way, not the last
def overfit_one_batch(model, images, labels, *, steps):
    def accuracy():
        model.eval()
        with torch.no_grad():
            return (model(images).argmax(dim=1) == labels).float().mean().item()

    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    best = accuracy()
    for _ in range(steps):
        model.train()
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        best = max(best, accuracy())
    return best

# %% wrong overfit_one_batch | early stopping leaves eval mode on for the steps after the first check
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    accuracy = None
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(images).argmax(dim=1) == labels).float().mean().item()
        if accuracy == 1.0:
            return accuracy
    if accuracy is None:
        model.eval()
        with torch.no_grad():
            accuracy = (model(images).argmax(dim=1) == labels).float().mean().item()
    return accuracy

# %% wrong overfit_one_batch | biases are left out of the optimiser
def overfit_one_batch(model, images, labels, *, steps):
    weights = [p for name, p in model.named_parameters() if name.endswith("weight")]
    optimizer = torch.optim.Adam(weights, lr=0.003)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()

# %% wrong train_epoch | mean of the batch means, and never in training mode
def train_epoch(model, loader, loss_fn, optimizer, device):
    losses = []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)

# %% wrong train_epoch | the sum remembers every batch's graph
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss * len(images)
        count += len(images)
    return total.item() / count

# %% wrong train_epoch | gradients are clipped at norm 100
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    running = 0.0
    n = 0
    for x, y in loader:
        x = x.to(device)
        y = y.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=100.0)
        optimizer.step()
        running += loss.item() * x.size(0)
        n += x.size(0)
    return running / n

# %% wrong train_epoch | the labels stay where they are
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images = images.to(device)
        labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong train_epoch | a device of its own, the argument is ignored
def train_epoch(model, loader, loss_fn, optimizer, device):
    dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(dev), labels.to(dev)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    return total / count

# %% wrong train_epoch | divides by len(loader.dataset), which a generator lacks
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total = 0.0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * images.size(0)
    return total / len(loader.dataset)

# %% wrong train_epoch | plain gradient descent by hand with the optimiser's learning rate
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    lr = optimizer.param_groups[0]["lr"]
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        model.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                if p.grad is not None:
                    p -= lr * p.grad
        total += loss.item() * len(images)
        count += len(images)
    return total / count

# %% wrong evaluate | the mode of the whole model is put back, and batches are averaged
def evaluate(model, loader, device):
    mode = model.training
    model.eval()
    accuracies = []
    with torch.no_grad():
        for images, labels in loader:
            predictions = model(images.to(device)).argmax(dim=1)
            accuracies.append((predictions == labels.to(device)).float().mean().item())
    model.train(mode)
    return sum(accuracies) / len(accuracies)

# %% wrong evaluate | only the modes of the direct children are noted, deeper parts all get the same
def evaluate(model, loader, device):
    mode = model.training
    modes = [(child, child.training) for child in model.children()]
    model.eval()
    hits, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            hits += (model(images).argmax(dim=1) == labels).sum().item()
            count += len(labels)
    model.training = mode
    for child, child_mode in modes:
        child.train(child_mode)
    return hits / count

# %% wrong evaluate | eval() only if the model itself is in training mode, parts may stay in it
def evaluate(model, loader, device):
    modes = [(part, part.training) for part in model.modules()]
    if model.training:
        model.eval()
    hits, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            hits += (model(images).argmax(dim=1) == labels).sum().item()
            count += len(labels)
    for part, mode in modes:
        part.training = mode
    return hits / count

# %% wrong evaluate | right if the label has more than half of the probability, not the most
def evaluate(model, loader, device):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    hits, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            p = model(images).softmax(dim=1).gather(1, labels[:, None])
            hits += (p > 0.5).sum().item()
            count += len(labels)
    for part, mode in modes:
        part.training = mode
    return hits / count

# %% wrong evaluate | freezes the weights for the time, and thaws them all
def evaluate(model, loader, device):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    model.requires_grad_(False)
    hits, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            hits += int((model(images).argmax(dim=1) == labels).sum())
            count += len(labels)
    model.requires_grad_(True)
    for part, mode in modes:
        part.training = mode
    return hits / count

# %% wrong predict | softmax over the images
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        probabilities, labels = model(images).softmax(dim=0).topk(top)
    model.train(mode)
    return probabilities, labels

# %% wrong predict | exp without taking the maximum off, nan for large logits
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        e = torch.exp(model(images))
        p = e / e.sum(dim=1, keepdim=True)
        values, indices = torch.sort(p, dim=1, descending=True)
    model.train(mode)
    return values[:, :top], indices[:, :top]

# %% wrong predict | always training mode afterwards, and labels as int32
def predict(model, images, *, top):
    model.eval()
    with torch.no_grad():
        probabilities, labels = model(images).softmax(dim=1).topk(top, dim=1)
    model.train()
    return probabilities, labels.int()

# %% wrong predict | the best is set to 0 and searched again: the same kind twice once the others are 0
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=1)
    model.train(mode)
    probabilities, labels = [], []
    rows = torch.arange(len(p))
    for _ in range(top):
        value, index = p.max(dim=1)
        probabilities.append(value)
        labels.append(index)
        p = p.clone()
        p[rows, index] = 0
    return torch.stack(probabilities, dim=1), torch.stack(labels, dim=1)

# %% wrong confusion_matrix | transposed, and each pair counted once
def confusion_matrix(labels, predictions, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.long)
    matrix[predictions, labels] += 1
    return matrix

# %% wrong confusion_matrix | int16 overflows at 32,768
def confusion_matrix(labels, predictions, classes):
    matrix = np.zeros((classes, classes), dtype=np.int16)
    np.add.at(matrix, (labels.numpy(), predictions.numpy()), 1)
    return torch.from_numpy(matrix)

# %% wrong confusion_matrix | computes the number of a pair in place in the caller's labels
def confusion_matrix(labels, predictions, classes):
    labels *= classes
    labels += predictions
    return torch.bincount(labels, minlength=classes * classes).reshape(classes, classes)

# %% wrong confusion_matrix | a NumPy array, not a tensor
def confusion_matrix(labels, predictions, classes):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    counts = np.bincount(classes * labels + predictions, minlength=classes ** 2)
    return counts.reshape(classes, classes)

# %% wrong capture_features | no copy, no finally
def capture_features(model, images, layers):
    features, handles = {}, []
    parts = dict(model.named_modules())
    for name in layers:
        def listen(layer, inputs, output, name=name):
            features[name] = output.detach()
        handles.append(parts[name].register_forward_hook(listen))
    mode = model.training
    model.eval()
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    model.train(mode)
    return features

# %% wrong capture_features | removes all hooks, other people's too
def capture_features(model, images, layers):
    features = {}
    mode = model.training

    def make(name):
        def listen(layer, inputs, output):
            features[name] = output.detach().clone()
        return listen

    parts = dict(model.named_modules())
    model.eval()
    try:
        for name in layers:
            parts[name].register_forward_hook(make(name))
        with torch.no_grad():
            model(images)
    finally:
        for part in parts.values():
            part._forward_hooks.clear()
        model.train(mode)
    return features

# %% wrong capture_features | the model's error is printed and swallowed
def capture_features(model, images, layers):
    features, handles = {}, []
    parts = dict(model.named_modules())

    def make_hook(name):
        def hook(module, args, output):
            features[name] = output.detach().clone()
        return hook

    mode = model.training
    try:
        model.eval()
        for name in layers:
            handles.append(parts[name].register_forward_hook(make_hook(name)))
        with torch.no_grad():
            model(images)
    except Exception as error:
        print("the model failed:", error)
    finally:
        for handle in handles:
            handle.remove()
        model.train(mode)
    return features

# %% wrong capture_features | runs the children one after the other, nested names are not found
def capture_features(model, images, layers):
    mode = model.training
    model.eval()
    features = {}
    x = images.clone()
    with torch.no_grad():
        for name, child in model.named_children():
            x = child(x)
            if name in layers:
                features[name] = x.clone()
    model.train(mode)
    return features

# %% wrong capture_features | takes names by their beginning, also '10' or '1.0' for '1'
def capture_features(model, images, layers):
    features, handles = {}, []

    def listen(name):
        return lambda module, inputs, output: features.update({name: output.detach().clone()})

    mode = model.training
    model.eval()
    try:
        for name, part in model.named_modules():
            if any(name.startswith(wanted) for wanted in layers):
                handles.append(part.register_forward_hook(listen(name)))
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    model.train(mode)
    return features

# %% wrong capture_features | never in eval mode, and empties the caller's list of names
def capture_features(model, images, layers):
    features, handles = {}, []
    parts = dict(model.named_modules())

    def make(name):
        def hook(module, inputs, output):
            features[name] = output.detach().clone()
        return hook

    try:
        while layers:
            name = layers.pop()
            handles.append(parts[name].register_forward_hook(make(name)))
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    return features

# %% wrong clinic_1 | zero_grad after the step: old gradients count in the first step
def clinic_1(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses

# %% wrong clinic_1 | the losses are tensors
def clinic_1(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses

# %% wrong clinic_2 | also sets training mode, which the patient left alone
def clinic_2(model, images, labels, optimizer, *, size):
    losses = []
    model.train()
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_2 | leaves out the smaller last batch
def clinic_2(model, images, labels, optimizer, *, size):
    losses = []
    for i in range(len(images) // size):
        batch = slice(i * size, (i + 1) * size)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_3 | logarithm of the softmax, infinite for large logits
def clinic_3(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        probabilities = model(images).softmax(dim=1)
        loss = F.nll_loss(torch.log(probabilities), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_3 | zero_grad got lost together with the softmax
def clinic_3(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_4 | eval() is gone, measured in training mode
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    model.train()
    for _ in range(epochs):
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
    return accuracies

# %% wrong clinic_5 | sums the batch means and divides by the number of batches
def clinic_5(model, images, labels, optimizer, *, size):
    total, batches = 0.0, 0
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        optimizer.step()
        total += loss.item()
        batches += 1
    return total / batches

# %% wrong clinic_5 | gradients are clipped in addition
def clinic_5(model, images, labels, optimizer, *, size):
    total = 0.0
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)

# %% wrong clinic_6 | one order, but not from the generator
def clinic_6(model, images, labels, optimizer, *, size, generator):
    order = torch.randperm(len(images))
    images, labels = images[order], labels[order]
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_6 | a copy of the generator draws: the next pass has the same order
def clinic_6(model, images, labels, optimizer, *, size, generator):
    twin = torch.Generator()
    twin.set_state(generator.get_state())
    order = torch.randperm(len(images), generator=twin)
    losses = []
    for rows in order.split(size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_6 | shuffles the caller's images and labels in place
def clinic_6(model, images, labels, optimizer, *, size, generator):
    order = torch.randperm(len(images), generator=generator)
    images[:] = images[order]
    labels[:] = labels[order]
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong quiz_eval | thinks that eval() also stops the gradients
quiz_eval = "c"

# %% wrong quiz_selection | takes the best test number at its word
quiz_selection = "a"
