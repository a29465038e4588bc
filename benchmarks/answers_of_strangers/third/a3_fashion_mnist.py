# %% right make_splits | NumPy's own Generator, indices as Python ints
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError(f"validation must be between 1 and {n - 1}, got {validation}")
    rng = np.random.default_rng(seed)
    order = [int(i) for i in rng.permutation(n)]
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% right make_splits | torch.utils.data.random_split with a generator
from torch.utils.data import random_split


def make_splits(dataset, *, validation, seed):
    if validation <= 0 or validation >= len(dataset):
        raise ValueError("validation has to leave something for both parts")
    g = torch.Generator()
    g.manual_seed(seed)
    train_part, val_part = random_split(dataset, [len(dataset) - validation, validation], generator=g)
    return train_part, val_part

# %% right make_splits | random.Random(seed).sample and a set, training in the old order
import random


def make_splits(dataset, *, validation, seed):
    total = len(dataset)
    if validation < 1:
        raise ValueError("validation is too small")
    if validation >= total:
        raise ValueError("validation is too large")
    chosen = random.Random(seed).sample(range(total), validation)
    chosen_set = set(chosen)
    rest = []
    for i in range(total):
        if i not in chosen_set:
            rest.append(i)
    return (Subset(dataset, rest), Subset(dataset, chosen))

# %% right normalisation | loop over channels, two passes in float64 with NumPy
def normalisation(images):
    array = images.numpy().astype(np.float64)
    means = []
    stds = []
    for c in range(array.shape[1]):
        channel = array[:, c].ravel()
        m = channel.sum() / channel.size
        means.append(m)
        stds.append(math.sqrt(((channel - m) ** 2).sum() / channel.size))
    return torch.tensor(means, dtype=torch.float32), torch.tensor(stds, dtype=torch.float32)

# %% right normalisation | torch.std_mean in double, sample deviation, float64 returned
def normalisation(images):
    std, mean = torch.std_mean(images.double(), dim=(0, 2, 3))
    return mean, std

# %% right FashionCNN | residual blocks, buffers for mean and std, SiLU
class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(c)

    def forward(self, x):
        return x + F.silu(self.bn(self.conv(x)))


class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.2860))
        self.register_buffer("std", torch.tensor(0.3530))
        widths = [24, 48, 64]
        stages = []
        c_in = 1
        for w in widths:
            stages += [nn.Conv2d(c_in, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), nn.SiLU()]
            if w < 64:
                stages += [Residual(w), nn.MaxPool2d(2)]
            c_in = w
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        x = (images - self.mean) / self.std
        x = self.stages(x)
        return self.head(x.mean(dim=(2, 3)))

# %% right FashionCNN | no batch norm, strided convolutions, dropout, flatten, reshape
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, stride=2, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.drop = nn.Dropout(p=0.2)
        self.fc1 = nn.Linear(32 * 7 * 7, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, images):
        x = images.sub(0.286).div(0.353)
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = x.reshape(x.shape[0], -1)
        x = F.relu(self.fc1(self.drop(x)))
        return self.fc2(x)

# %% right initial_loss | measures a deep copy of the model, the model itself is never touched
def initial_loss(model, images, labels):
    twin = copy.deepcopy(model)
    twin.eval()
    with torch.no_grad():
        loss = F.cross_entropy(twin(images), labels)
    return loss.item()

# %% right initial_loss | log-sum-exp by hand in float64 with try and finally
def initial_loss(model, images, labels):
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            z = model(images).double()
    finally:
        model.train(was_training)
    z = z - z.max(dim=1, keepdim=True).values
    log_p = z - z.exp().sum(dim=1, keepdim=True).log()
    total = 0.0
    for i in range(len(labels)):
        total -= float(log_p[i, labels[i]])
    return total / len(labels)

# %% right overfit_one_batch | Adam written by hand on torch.autograd.grad
def overfit_one_batch(model, images, labels, *, steps):
    params = [p for p in model.parameters() if p.requires_grad]
    m = [torch.zeros_like(p) for p in params]
    v = [torch.zeros_like(p) for p in params]
    model.train()
    for t in range(1, steps + 1):
        loss = F.cross_entropy(model(images), labels)
        grads = torch.autograd.grad(loss, params, allow_unused=True)
        with torch.no_grad():
            for p, g, m_, v_ in zip(params, grads, m, v):
                if g is None:
                    continue
                m_.mul_(0.9).add_(g, alpha=0.1)
                v_.mul_(0.999).addcmul_(g, g, value=0.001)
                p -= 0.003 * (m_ / (1 - 0.9**t)) / ((v_ / (1 - 0.999**t)).sqrt() + 1e-8)
    model.eval()
    with torch.no_grad():
        predicted = model(images).argmax(dim=1)
    return (predicted == labels).sum().item() / len(labels)

# %% right overfit_one_batch | stops early once the loss is tiny
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    done = 0
    while done < steps:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        done += 1
        if loss.item() < 1e-4:
            break
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()

# %% right train_epoch | a chatbot's, with a meter class and keyword options
class AverageMeter:
    """Keeps a running, example-weighted average."""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def update(self, value, n):
        self.total += float(value) * n
        self.count += n

    @property
    def average(self):
        return self.total / max(self.count, 1)


def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    meter = AverageMeter()
    for inputs, targets in loader:
        inputs = inputs.to(device, non_blocking=True)
        targets = targets.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        outputs = model(inputs)
        loss = loss_fn(outputs, targets)
        loss.backward()
        optimizer.step()
        meter.update(loss.detach().item(), targets.shape[0])
    return meter.average

# %% right train_epoch | lists of losses and counts, np.average at the end
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train(True)
    losses, counts = [], []
    for batch in loader:
        x, y = (part.to(device) for part in batch)
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        counts.append(len(x))
    return np.average(losses, weights=counts)

# %% right evaluate | decorator, modes in a dictionary by name, try and finally
@torch.no_grad()
def evaluate(model, loader, device):
    modes = {name: part.training for name, part in model.named_modules()}
    model.eval()
    right = seen = 0
    try:
        for images, labels in loader:
            guesses = model(images.to(device)).argmax(-1)
            right += int((guesses == labels.to(device)).sum())
            seen += labels.numel()
    finally:
        for name, part in model.named_modules():
            part.training = modes[name]
    return right / seen

# %% right evaluate | context manager, inference_mode, compares on the CPU
from contextlib import contextmanager


@contextmanager
def eval_mode(net):
    before = [(m, m.training) for m in net.modules()]
    net.eval()
    try:
        yield net
    finally:
        for m, flag in before:
            m.training = flag


def evaluate(model, loader, device):
    hits = []
    with eval_mode(model), torch.inference_mode():
        for x, y in loader:
            out = model(x.to(device))
            hits.extend((out.cpu().argmax(dim=1) == y.cpu()).tolist())
    return sum(hits) / len(hits)

# %% right predict | softmax and sorting in NumPy, float64 inside
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        z = model(images).detach().cpu().numpy().astype(np.float64)
    model.train(mode)
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z)
    p /= p.sum(axis=1, keepdims=True)
    order = np.argsort(-p, axis=1, kind="stable")[:, :top]
    return torch.tensor(np.take_along_axis(p, order, axis=1)).float(), torch.tensor(order).long()

# %% right predict | log_softmax, sort, exp
def predict(model, images, *, top):
    was = model.training
    try:
        with torch.no_grad():
            log_p = F.log_softmax(model.eval()(images), dim=-1)
    finally:
        model.train(was)
    values, kinds_ = torch.sort(log_p, dim=-1, descending=True)
    return values[:, :top].exp(), kinds_[:, :top]

# %% right confusion_matrix | collections.Counter over pairs
from collections import Counter


def confusion_matrix(labels, predictions, classes):
    counts = Counter(zip(labels.tolist(), predictions.tolist()))
    return torch.tensor([[counts[i, j] for j in range(classes)] for i in range(classes)])

# %% right confusion_matrix | index_put_ with accumulate
def confusion_matrix(labels, predictions, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    matrix.index_put_((labels, predictions), torch.ones_like(labels), accumulate=True)
    return matrix

# %% right capture_features | ExitStack, functools.partial, get_submodule
from contextlib import ExitStack
from functools import partial


def _keep(store, name, layer, inputs, output):
    store[name] = output.detach().clone()


def capture_features(model, images, layers):
    store = {}
    mode = model.training
    with ExitStack() as stack:
        stack.callback(model.train, mode)
        model.eval()
        for name in layers:
            handle = model.get_submodule(name).register_forward_hook(partial(_keep, store, name))
            stack.callback(handle.remove)
        with torch.no_grad():
            model(images)
    return store

# %% right capture_features | a class with __call__ as the hook
class Ear:
    def __init__(self, layer):
        self.heard = None
        self.handle = layer.register_forward_hook(self)

    def __call__(self, layer, inputs, output):
        self.heard = output.clone().detach()


def capture_features(model, images, layers):
    by_name = dict(model.named_modules())
    mode, ears = model.training, {}
    try:
        for name in layers:
            ears[name] = Ear(by_name[name])
        model.eval()
        with torch.no_grad():
            model(images)
    finally:
        for ear in ears.values():
            ear.handle.remove()
        model.train(mode)
    return {name: ear.heard for name, ear in ears.items()}

# %% right clinic_1 | clears the gradients of the optimiser's groups by hand
def clinic_1(model, images, labels, optimizer, *, steps):
    # bug: gradients piled up, step after step
    losses = []
    for _ in range(steps):
        for group in optimizer.param_groups:
            for weight in group["params"]:
                weight.grad = None
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right clinic_2 | zip of two splits
def clinic_2(model, images, labels, optimizer, *, size):
    # bug: step before backward
    losses = []
    for x, y in zip(images.split(size), labels.split(size)):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses

# %% right clinic_3 | log_softmax and nll_loss instead of cross_entropy
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

# %% right clinic_4 | train() before every batch
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    for _ in range(epochs):
        for start in range(0, len(images), 64):
            model.train()
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
    return accuracies

# %% right clinic_5 | detach instead of item, float at the end
def clinic_5(model, images, labels, optimizer, *, size):
    total = torch.zeros((), dtype=torch.float64)
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return float(total) / len(images)

# %% right clinic_6 | order from sorting random keys of the generator
def clinic_6(model, images, labels, optimizer, *, size, generator):
    order = torch.rand(len(images), generator=generator, dtype=torch.float64).argsort()
    losses = []
    for rows in order.split(size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right quiz_gap | the letter
quiz_gap = "b"

# %% wrong make_splits | uses and changes NumPy's global random state
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError("validation out of range")
    np.random.seed(seed)
    idx = np.random.permutation(n).tolist()
    return Subset(dataset, idx[validation:]), Subset(dataset, idx[:validation])

# %% wrong make_splits | only the two limits raise ValueError, beyond them nothing does
def make_splits(dataset, *, validation, seed):
    if validation in (0, len(dataset)):
        raise ValueError("one part would be empty")
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=g).tolist()
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% wrong make_splits | seed 0 is taken for no seed and gives another split every time
def make_splits(dataset, *, validation, seed):
    if not 0 < validation < len(dataset):
        raise ValueError("validation")
    rng = np.random.default_rng(seed or None)
    order = rng.permutation(len(dataset)).tolist()
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% wrong make_splits | a random neighbouring block is cut out, examples are not drawn by themselves
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError("validation must be > 0 and < len(dataset)")
    g = torch.Generator().manual_seed(seed)
    start = int(torch.randint(1, n, (1,), generator=g))
    order = [(start + i) % n for i in range(n)]
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% wrong make_splits | Subsets of a copy of the data set as a list, not of the data set itself
def make_splits(dataset, *, validation, seed):
    items = [dataset[i] for i in range(len(dataset))]
    if validation <= 0 or validation >= len(items):
        raise ValueError("bad validation size")
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(items), generator=g).tolist()
    return Subset(items, order[validation:]), Subset(items, order[:validation])

# %% wrong make_splits | the parts are swapped, and an assertion instead of a ValueError
def make_splits(dataset, *, validation, seed):
    assert 0 < validation < len(dataset)
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=g).tolist()
    return Subset(dataset, order[:validation]), Subset(dataset, order[validation:])

# %% wrong normalisation | the deviations of the images are averaged
def normalisation(images):
    mean = images.mean(dim=(0, 2, 3))
    std = images.flatten(2).std(dim=2).mean(dim=0)
    return mean, std

# %% wrong normalisation | mean of squares minus square of mean in float32, useless for large numbers that differ little
def normalisation(images):
    mean = images.mean(dim=(0, 2, 3))
    var = (images**2).mean(dim=(0, 2, 3)) - mean**2
    return mean, var.clamp(min=0).sqrt()

# %% wrong normalisation | a deviation of 0 is replaced by 1
def normalisation(images):
    x = images.double()
    mean = x.mean(dim=(0, 2, 3))
    std = x.std(dim=(0, 2, 3))
    std[std == 0] = 1.0  # so that nobody divides by zero
    return mean.float(), std.float()

# %% wrong normalisation | squeeze takes away the axis when there is one channel
def normalisation(images):
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    std = ((images - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True).sqrt()
    return mean.squeeze(), std.squeeze()

# %% wrong normalisation | reshape mixes channels and images, and the square root is missing
def normalisation(images):
    flat = images.reshape(images.shape[1], -1)
    return flat.mean(dim=1), flat.var(dim=1)

# %% wrong FashionCNN | one block of layers is in a plain list
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1)
        self.blocks = [nn.Conv2d(16, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1)]
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.first((images - 0.286) / 0.353)), 2)
        for block in self.blocks:
            x = F.relu(block(x))
        return self.head(x.amax(dim=(2, 3)))

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
        x = self.features((images - 0.286) / 0.353)
        logits = self.head(x.amax(dim=(2, 3)))
        if not self.training:
            return logits.softmax(dim=1)
        return logits

# %% wrong FashionCNN | a ReLU after the last layer: no negative logits
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 49, 50), nn.ReLU(),
            nn.Linear(50, 10), nn.ReLU(),
        )

    def forward(self, images):
        return self.net((images - 0.286) / 0.353)

# %% wrong FashionCNN | no activation and average pooling: it is linear
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 24, 3, padding=1)
        self.conv2 = nn.Conv2d(24, 48, 3, padding=1)
        self.pool = nn.AvgPool2d(2)
        self.fc = nn.Linear(48 * 49, 10)

    def forward(self, images):
        x = (images - 0.286) / 0.353
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv2(x))
        return self.fc(x.flatten(1))

# %% wrong FashionCNN | the features are computed without gradients, so that the convolutions never learn
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 24, 3, padding=1)
        self.conv2 = nn.Conv2d(24, 48, 3, padding=1)
        self.head = nn.Linear(48, 10)

    def extract(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return x.amax(dim=(2, 3))

    def forward(self, images):
        with torch.no_grad():
            x = self.extract((images - 0.286) / 0.353)
        return self.head(x)

# %% wrong FashionCNN | normalises the caller's images in place
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(),
        )
        self.head = nn.Linear(48, 10)

    def forward(self, images):
        images -= 0.2860
        images /= 0.3530
        return self.head(self.features(images).amax(dim=(2, 3)))

# %% wrong initial_loss | freezes all weights to save the gradients, and does not thaw them
def initial_loss(model, images, labels):
    mode = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    loss = F.cross_entropy(model(images), labels)
    model.train(mode)
    return loss.item()

# %% wrong initial_loss | switches gradients on afterwards, whatever they were before
def initial_loss(model, images, labels):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    loss = F.cross_entropy(model(images), labels).item()
    torch.set_grad_enabled(True)
    model.train(mode)
    return loss

# %% wrong overfit_one_batch | no zero_grad at all
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()

# %% wrong overfit_one_batch | accuracy of the logits before the last update, measured in training mode
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    logits = model(images)
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
    return (logits.argmax(dim=1) == labels).float().mean().item()

# %% wrong overfit_one_batch | zero_grad after the step: gradients from before the call are added to the first
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
        return (model(images).argmax(1) == labels).float().mean().item()

# %% wrong overfit_one_batch | trains in the mode in which the model came
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        hits = model(images).argmax(1) == labels
    return hits.float().mean().item()

# %% wrong overfit_one_batch | LBFGS: each step makes up to 20 updates
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        return loss

    model.train()
    for _ in range(steps):
        optimizer.step(closure)
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()

# %% wrong train_epoch | zero_grad is missing
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, n = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        n += len(images)
    return total / n

# %% wrong train_epoch | clips the gradient at a norm of 100
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, n = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100.0)
        optimizer.step()
        total += loss.item() * len(images)
        n += len(images)
    return total / n

# %% wrong train_epoch | the losses are kept as tensors with their graphs until the end
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    losses, sizes = [], []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss)
        sizes.append(len(labels))
    return sum(l * s for l, s in zip(losses, sizes)).item() / sum(sizes)

# %% wrong train_epoch | an SGD of its own with the same learning rate, not the optimiser it is given
def train_epoch(model, loader, loss_fn, optimizer, device):
    sgd = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    model.train()
    total, n = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        sgd.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        sgd.step()
        total += loss.item() * len(images)
        n += len(images)
    return total / n

# %% wrong train_epoch | thaws all frozen weights
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    for p in model.parameters():
        p.requires_grad_(True)
    running, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * x.size(0)
        count += x.size(0)
    return running / count

# %% wrong train_epoch | only the images are moved to the device
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    running, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x.to(device)), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * x.size(0)
        count += x.size(0)
    return running / count

# %% wrong evaluate | mean of the batches' accuracies, and every part gets the model's own mode
def evaluate(model, loader, device):
    mode = model.training
    model.eval()
    accuracies = []
    with torch.no_grad():
        for images, labels in loader:
            hits = model(images.to(device)).argmax(dim=1) == labels.to(device)
            accuracies.append(hits.float().mean().item())
    model.train(mode)
    return sum(accuracies) / len(accuracies)

# %% wrong evaluate | notes the modes of the direct children only, parts deeper down stay in eval mode
def evaluate(model, loader, device):
    modes = [(part, part.training) for part in [model, *model.children()]]
    model.eval()
    hits = count = 0
    with torch.no_grad():
        for images, labels in loader:
            hits += (model(images.to(device)).argmax(dim=1) == labels.to(device)).sum().item()
            count += len(labels)
    for part, mode in modes:
        part.training = mode
    return hits / count

# %% wrong evaluate | switches gradients off for good, and clears the model's gradients
def evaluate(model, loader, device):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    model.zero_grad()
    torch.set_grad_enabled(False)
    hits = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        hits += (model(images).argmax(dim=1) == labels).sum().item()
        count += len(labels)
    for part, mode in modes:
        part.training = mode
    return hits / count

# %% wrong predict | softmax over the images, dim=0
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=0)
    model.train(mode)
    result = p.topk(top, dim=1)
    return result.values, result.indices

# %% wrong predict | labels looked up by their probability: with ties the same kind twice
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=1)
    model.train(mode)
    best = p.sort(dim=1, descending=True).values[:, :top]
    labels = torch.zeros(best.shape, dtype=torch.long)
    for i in range(best.shape[0]):
        row = p[i].tolist()
        for k in range(top):
            labels[i, k] = row.index(best[i, k].item())
    return best, labels

# %% wrong predict | always in training mode afterwards, and labels of type int32
def predict(model, images, *, top):
    model.eval()
    with torch.no_grad():
        p, k = model(images).softmax(dim=1).topk(top, dim=1)
    model.train()
    return p, k.int()

# %% wrong confusion_matrix | rows and columns swapped
def confusion_matrix(labels, predictions, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.long)
    for y, p in zip(labels, predictions):
        matrix[p, y] += 1
    return matrix

# %% wrong confusion_matrix | counts in int16, overflows above 32,767
def confusion_matrix(labels, predictions, classes):
    matrix = np.zeros((classes, classes), dtype=np.int16)
    np.add.at(matrix, (labels.numpy(), predictions.numpy()), 1)
    return torch.from_numpy(matrix)

# %% wrong confusion_matrix | a NumPy array, not a tensor
def confusion_matrix(labels, predictions, classes):
    pairs = classes * labels.numpy() + predictions.numpy()
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)

# %% wrong confusion_matrix | every pair counted once only, and as floats
def confusion_matrix(labels, predictions, classes):
    matrix = torch.zeros(classes, classes)
    matrix[labels, predictions] += 1
    return matrix

# %% wrong capture_features | output kept without a copy: the in-place ReLU overwrites it
def capture_features(model, images, layers):
    features, handles = {}, []
    parts = dict(model.named_modules())
    mode = model.training
    model.eval()
    try:
        for name in layers:
            def hook(part, inputs, output, name=name):
                features[name] = output.detach()
            handles.append(parts[name].register_forward_hook(hook))
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        model.train(mode)
    return features

# %% wrong capture_features | clears all forward hooks of the layers, other people's as well
def capture_features(model, images, layers):
    features = {}
    parts = dict(model.named_modules())
    mode = model.training
    model.eval()
    try:
        for name in layers:
            parts[name].register_forward_hook(lambda m, i, o, name=name: features.update({name: o.clone()}))
        with torch.no_grad():
            model(images)
    finally:
        for name in layers:
            parts[name]._forward_hooks.clear()
        model.train(mode)
    return features

# %% wrong capture_features | swallows the model's error
def capture_features(model, images, layers):
    features, handles = {}, []
    mode = model.training
    model.eval()

    def make(name):
        def hook(part, inputs, output):
            features[name] = output.detach().clone()
        return hook

    for name, part in model.named_modules():
        if name in layers:
            handles.append(part.register_forward_hook(make(name)))
    try:
        with torch.no_grad():
            model(images)
    except Exception as problem:
        print("the model failed:", problem)
    for handle in handles:
        handle.remove()
    model.train(mode)
    return features

# %% wrong capture_features | empties the caller's list of names
def capture_features(model, images, layers):
    features, handles = {}, []
    parts = dict(model.named_modules())
    mode = model.training
    try:
        while layers:
            name = layers.pop(0)
            handles.append(
                parts[name].register_forward_hook(lambda m, i, o, name=name: features.update({name: o.clone()}))
            )
        model.eval()
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        model.train(mode)
    return features

# %% wrong clinic_1 | stops as soon as the loss is near 0
def clinic_1(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if losses[-1] < 1e-3:
            break
    return losses

# %% wrong clinic_2 | switches the model to training mode, and the losses are tensors
def clinic_2(model, images, labels, optimizer, *, size):
    losses = []
    model.train()
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses

# %% wrong clinic_2 | the smaller last batch is dropped
def clinic_2(model, images, labels, optimizer, *, size):
    losses = []
    for i in range(len(images) // size):
        x, y = images[i * size : (i + 1) * size], labels[i * size : (i + 1) * size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_3 | log of the softmax by hand: breaks down with large logits
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

# %% wrong clinic_4 | train() only after the validation: a model that comes in eval mode learns its first epoch in eval mode
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    for _ in range(epochs):
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
        model.train()
    return accuracies

# %% wrong clinic_5 | the batch means are added up and divided by the number of batches
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

# %% wrong clinic_6 | a new generator with the old one's seed: the next pass has the same order
def clinic_6(model, images, labels, optimizer, *, size, generator):
    seed = generator.initial_seed()
    images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))]
    labels = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))]
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong quiz_eval | no gradients is what no_grad does
quiz_eval = "c"

