# %% right make_splits | random.Random object and shuffled list, careful checks
import random


def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError(f"validation must lie between 0 and {n} (both excluded), got {validation}")
    rng = random.Random(seed)
    positions = list(range(n))
    rng.shuffle(positions)
    held_out = sorted(positions[:validation])
    rest = sorted(positions[validation:])
    return Subset(dataset, rest), Subset(dataset, held_out)

# %% right make_splits | torch.utils.data.random_split with a generator
def make_splits(dataset, *, validation, seed):
    from torch.utils.data import random_split

    if validation <= 0 or validation >= len(dataset):
        raise ValueError("validation must be larger than 0 and smaller than the data set")
    g = torch.Generator()
    g.manual_seed(seed)
    parts = random_split(dataset, [len(dataset) - validation, validation], generator=g)
    return tuple(parts)

# %% right make_splits | numpy default_rng, choice without replacement and a mask
def make_splits(dataset, *, validation, seed):
    total = len(dataset)
    if not (0 < validation < total):
        raise ValueError("need at least one example in each part")
    mask = np.zeros(total, dtype=bool)
    mask[np.random.default_rng(seed).choice(total, size=validation, replace=False)] = True
    return Subset(dataset, np.flatnonzero(~mask).tolist()), Subset(dataset, np.flatnonzero(mask).tolist())

# %% wrong make_splits | seeds the global torch generator
def make_splits(dataset, *, validation, seed):
    if not 0 < validation < len(dataset):
        raise ValueError("bad validation")
    torch.manual_seed(seed)
    order = torch.randperm(len(dataset)).tolist()
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% wrong make_splits | np.random.seed changes NumPy's global state
def make_splits(dataset, *, validation, seed):
    if validation <= 0 or validation >= len(dataset):
        raise ValueError("validation out of range")
    np.random.seed(seed)
    idx = np.random.permutation(len(dataset))
    return Subset(dataset, idx[validation:].tolist()), Subset(dataset, idx[:validation].tolist())

# %% wrong make_splits | `if seed` treats seed 0 as no seed, so it is not reproducible
def make_splits(dataset, *, validation, seed):
    if not 0 < validation < len(dataset):
        raise ValueError("validation must be between 1 and len(dataset) - 1")
    generator = torch.Generator()
    if seed:
        generator.manual_seed(seed)
    else:
        generator.seed()
    perm = torch.randperm(len(dataset), generator=generator).tolist()
    return Subset(dataset, perm[:-validation]), Subset(dataset, perm[-validation:])

# %% wrong make_splits | negative validation raises no ValueError
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if validation == 0 or validation >= n:
        raise ValueError("one of the parts would be empty")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])

# %% wrong make_splits | a random contiguous block (rotated), not each example drawn by itself
def make_splits(dataset, *, validation, seed):
    n = len(dataset)
    if not 0 < validation < n:
        raise ValueError("validation must be in 1..n-1")
    start = np.random.default_rng(seed).integers(0, n)
    rolled = np.roll(np.arange(n), -int(start)).tolist()
    return Subset(dataset, rolled[validation:]), Subset(dataset, rolled[:validation])

# %% wrong make_splits | Subsets of a list copied from the data set, and global Python random seeded
import random


def make_splits(dataset, *, validation, seed):
    items = [dataset[i] for i in range(len(dataset))]
    if not 0 < validation < len(items):
        raise ValueError
    random.seed(seed)
    ids = random.sample(range(len(items)), len(items))
    return Subset(items, ids[validation:]), Subset(items, ids[:validation])

# %% right normalisation | beginner's loop over channels in float64
def normalisation(images):
    means = []
    stds = []
    for c in range(images.shape[1]):
        channel = images[:, c].double()
        m = channel.mean()
        v = ((channel - m) ** 2).mean()
        means.append(m)
        stds.append(v.sqrt())
    return torch.stack(means).float(), torch.stack(stds).float()

# %% right normalisation | einsum in float64, two passes
def normalisation(images):
    x = images.detach().to(torch.float64)
    n, c, h, w = x.shape
    count = n * h * w
    mean = torch.einsum("nchw->c", x) / count
    centred = x - mean.view(1, c, 1, 1)
    std = torch.einsum("nchw,nchw->c", centred, centred).div(count).sqrt()
    return mean.to(images.dtype), std.to(images.dtype)

# %% right normalisation | numpy, returns float64 tensors
def normalisation(images):
    a = np.asarray(images.detach().cpu().numpy(), dtype=np.float64)
    return torch.from_numpy(a.mean(axis=(0, 2, 3))), torch.from_numpy(a.std(axis=(0, 2, 3), ddof=0))

# %% wrong normalisation | the deviation of each image, averaged
def normalisation(images):
    mean = images.mean(dim=(0, 2, 3))
    std = images.std(dim=(2, 3), unbiased=False).mean(dim=0)
    return mean, std

# %% wrong normalisation | E[x²] − E[x]² in float32 fails for large numbers that differ little
def normalisation(images):
    dims = (0, 2, 3)
    mean = images.mean(dim=dims)
    mean_sq = (images**2).mean(dim=dims)
    return mean, (mean_sq - mean**2).clamp(min=0).sqrt()

# %% wrong normalisation | squeeze() makes scalars of one channel
def normalisation(images):
    x = images.double()
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    std = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True).sqrt()
    return mean.squeeze().float(), std.squeeze().float()

# %% wrong normalisation | std clamped away from 0 "to avoid a division by zero"
def normalisation(images):
    flat = images.double().transpose(0, 1).flatten(1)
    mean = flat.mean(dim=1)
    std = flat.std(dim=1, correction=0).clamp(min=1e-3)
    return mean.float(), std.float()

# %% wrong normalisation | measures the first 1000 images only, to save memory
def normalisation(images):
    sample = images[:1000].double()
    mean = sample.mean(dim=(0, 2, 3))
    std = sample.std(dim=(0, 2, 3), correction=0)
    return mean.float(), std.float()

# %% wrong normalisation | reshape mixes images and channels, and the square root is missing
def normalisation(images):
    per_channel = images.reshape(images.shape[1], -1)
    return per_channel.mean(1), per_channel.var(1, unbiased=False)

# %% right FashionCNN | the table of the text
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
        x = (images - 0.2860) / 0.3530
        return self.head(self.features(x).amax(dim=(2, 3)))

# %% right FashionCNN | residual stages in a ModuleList, buffers for the normalisation, dropout
class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))

    def forward(self, x):
        return x + self.body(x)


class FashionCNN(nn.Module):
    def __init__(self, widths=(16, 32, 64)):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.2860))
        self.register_buffer("std", torch.tensor(0.3530))
        self.stages = nn.ModuleList()
        channels = 1
        for w in widths:
            self.stages.append(
                nn.Sequential(nn.Conv2d(channels, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True), Residual(w))
            )
            channels = w
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(channels, 10)

    def forward(self, images):
        x = (images - self.mean) / self.std
        for i, stage in enumerate(self.stages):
            if i:
                x = F.max_pool2d(x, 2)
            x = stage(x)
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.classifier(self.dropout(x))

# %% right FashionCNN | LeNet style: strided convolutions, GroupNorm, GELU, flatten, hidden layer
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, stride=2, padding=2)
        self.gn1 = nn.GroupNorm(4, 16)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.gn2 = nn.GroupNorm(4, 32)
        self.fc1 = nn.Linear(32 * 7 * 7, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, images):
        x = images.sub(0.5).mul(2.0)
        x = F.gelu(self.gn1(self.conv1(x)))
        x = F.gelu(self.gn2(self.conv2(x)))
        x = x.reshape(x.size(0), -1)
        x = F.dropout(F.gelu(self.fc1(x)), 0.1, training=self.training)
        return self.fc2(x)

# %% right FashionCNN | each image normalised by its own mean and deviation, all in one Sequential
class PerImageNorm(nn.Module):
    def forward(self, x):
        m = x.mean(dim=(1, 2, 3), keepdim=True)
        s = x.std(dim=(1, 2, 3), keepdim=True, correction=0)
        return (x - m) / (s + 1e-3)


class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()

        def block(i, o):
            return [nn.Conv2d(i, o, 3, padding="same"), nn.BatchNorm2d(o), nn.LeakyReLU(0.1), nn.MaxPool2d(2)]

        self.net = nn.Sequential(
            PerImageNorm(), *block(1, 32), *block(32, 64), *block(64, 96), nn.Flatten(), nn.Linear(96 * 9, 10)
        )

    def forward(self, images):
        return self.net(images)

# %% wrong FashionCNN | softmax at the end
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.fc = nn.Linear(64 * 7 * 7, 10)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, images):
        x = (images - 0.286) / 0.353
        x = self.conv(x).flatten(1)
        return self.softmax(self.fc(x))

# %% wrong FashionCNN | probabilities in eval mode, logits only in training mode
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Linear(48, 10)

    def forward(self, images):
        logits = self.head(self.features((images - 0.286) / 0.353).amax(dim=(2, 3)))
        if not self.training:
            return logits.softmax(dim=1)
        return logits

# %% wrong FashionCNN | a ReLU after the last layer, so no logit is negative
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc = nn.Linear(64 * 3 * 3, 10)

    def forward(self, images):
        x = (images - 0.286) / 0.353
        for layer in (self.conv1, self.conv2, self.conv3):
            x = F.max_pool2d(F.relu(layer(x)), 2)
        return F.relu(self.fc(x.flatten(1)))

# %% wrong FashionCNN | no activation anywhere: the network is linear
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.AvgPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.AvgPool2d(2),
        )
        self.head = nn.Linear(48 * 49, 10)

    def forward(self, images):
        x = (images - 0.286) / 0.353
        return self.head(self.features(x).flatten(1))

# %% wrong FashionCNN | normalisation numbers taken from the first batch seen, kept outside the state_dict
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = None
        self.std = None
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Linear(48, 10)

    def forward(self, images):
        if self.mean is None:
            self.mean, self.std = images.mean().item(), images.std().item()
        x = (images - self.mean) / self.std
        return self.head(self.features(x).amax(dim=(2, 3)))

# %% wrong FashionCNN | first stage under no_grad: its weights never get a gradient
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2))
        self.body = nn.Sequential(nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(48, 10)

    def forward(self, images):
        with torch.no_grad():
            x = self.stem((images - 0.286) / 0.353)
        return self.head(self.body(x).amax(dim=(2, 3)))

# %% wrong FashionCNN | F.dropout without training=self.training is random in eval mode, and too many parameters
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(64 * 7 * 7, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.conv1(images)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.dropout(F.relu(self.fc1(x.flatten(1))), 0.25)
        return self.fc2(x)

# %% wrong FashionCNN | normalises the caller's images in place
class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        x = images
        x -= 0.286
        x /= 0.353
        return self.head(self.features(x).amax(dim=(2, 3)))

# %% right initial_loss | try/finally, keyword arguments
def initial_loss(model, images, labels):
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            loss = F.cross_entropy(input=model(images), target=labels, reduction="mean")
    finally:
        model.train(mode=was_training)
    return float(loss)

# %% right initial_loss | logsumexp by hand, in NumPy and float64, returns np.float64
@torch.no_grad()
def initial_loss(model, images, labels):
    mode = model.training
    z = model.eval()(images).detach().cpu().numpy().astype(np.float64)
    model.train(mode)
    top = z.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(z - top).sum(axis=1))
    return np.mean(log_sum - z[np.arange(len(z)), labels.cpu().numpy()])

# %% wrong initial_loss | log of softmax by hand: infinite for large logits
def initial_loss(model, images, labels):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=1)
        loss = -torch.log(p[torch.arange(len(labels)), labels]).mean().item()
    model.train(mode)
    return loss

# %% wrong initial_loss | switches gradients on for the caller afterwards, whatever they were
def initial_loss(model, images, labels):
    before = model.training
    model.eval()
    torch.set_grad_enabled(False)
    loss = F.cross_entropy(model(images), labels).item()
    torch.set_grad_enabled(True)
    model.train(before)
    return loss

# %% wrong initial_loss | not in eval mode, and a tensor is returned
def initial_loss(model, images, labels):
    with torch.no_grad():
        logits = model(images)
        return F.cross_entropy(logits, labels)

# %% right overfit_one_batch | checks now and then and stops early
def overfit_one_batch(model, images, labels, *, steps):
    def accuracy():
        model.eval()
        with torch.no_grad():
            hits = (model(images).argmax(dim=-1) == labels).sum().item()
        return hits / len(labels)

    opt = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.0)
    for step in range(steps):
        model.train()
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()
        opt.step()
        if step % 25 == 24 and accuracy() == 1.0:
            break
    return accuracy()

# %% right overfit_one_batch | torch.autograd.grad and a hand-written Adam, no optimiser object
def overfit_one_batch(model, images, labels, *, steps):
    weights = [p for p in model.parameters() if p.requires_grad]
    first = [torch.zeros_like(p) for p in weights]
    second = [torch.zeros_like(p) for p in weights]
    model.train()
    for t in range(1, steps + 1):
        loss = nn.functional.cross_entropy(model(images), labels)
        grads = torch.autograd.grad(loss, weights, allow_unused=True)
        with torch.no_grad():
            for p, g, m, v in zip(weights, grads, first, second):
                if g is None:
                    continue
                m.mul_(0.9).add_(g, alpha=0.1)
                v.mul_(0.999).addcmul_(g, g, value=0.001)
                p.sub_(0.003 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8))
    model.eval()
    with torch.no_grad():
        return model(images).argmax(1).eq(labels).double().mean().item()

# %% wrong overfit_one_batch | the accuracy is from before the last update, and in training mode
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    accuracy = (model(images).argmax(1) == labels).float().mean().item()
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(images)
        accuracy = (logits.argmax(1) == labels).float().mean().item()
        F.cross_entropy(logits, labels).backward()
        optimizer.step()
    return accuracy

# %% wrong overfit_one_batch | zero_grad after the step: gradients left from before the call count
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

# %% wrong overfit_one_batch | returns the best accuracy on the way, not the last
def overfit_one_batch(model, images, labels, *, steps):
    def measure():
        model.eval()
        with torch.no_grad():
            return (model(images).argmax(dim=1) == labels).float().mean().item()

    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    best = measure()
    for _ in range(steps):
        model.train()
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        best = max(best, measure())
    return best

# %% wrong overfit_one_batch | trains in whatever mode the model came in
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()

# %% wrong overfit_one_batch | one update too many when steps is not 0
def overfit_one_batch(model, images, labels, *, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    step = 0
    while steps > 0 and step <= steps:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        step += 1
    model.eval()
    with torch.no_grad():
        hits = model(images).argmax(1) == labels
    return hits.float().mean().item()

# %% right train_epoch | chatbot style with non_blocking and guards
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    running_loss = 0.0
    num_samples = 0

    for images, labels in loader:
        images = images.to(device, non_blocking=True)
        labels = labels.to(device, non_blocking=True)

        optimizer.zero_grad(set_to_none=True)
        logits = model(images)
        loss = loss_fn(logits, labels)
        loss.backward()
        optimizer.step()

        batch_size = images.size(0)
        running_loss += loss.item() * batch_size
        num_samples += batch_size

    return running_loss / max(num_samples, 1)

# %% right train_epoch | a meter class, detached float64 sum, step in a helper
class Meter:
    def __init__(self):
        self.sum = torch.zeros((), dtype=torch.float64)
        self.count = 0

    def update(self, value, n):
        self.sum += value.detach().double().cpu() * n
        self.count += n

    @property
    def mean(self):
        return (self.sum / self.count).item()


def one_step(model, x, y, loss_fn, optimizer):
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.detach()


def train_epoch(model, loader, loss_fn, optimizer, device):
    meter = Meter()
    model.train(True)
    for batch in loader:
        x, y = (t.to(device=device) for t in batch)
        meter.update(one_step(model, x, y, loss_fn, optimizer), len(y))
    return meter.mean

# %% wrong train_epoch | the mean of the batch means
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    losses = []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)

# %% wrong train_epoch | the sum of the losses keeps every batch's graph until the end
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss * len(images)
        count += len(images)
    return total.item() / count

# %% wrong train_epoch | gradients are clipped
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=50.0)
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    return total / count

# %% wrong train_epoch | unfreezes every weight
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    for p in model.parameters():
        p.requires_grad_(True)
    total, n = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * labels.shape[0]
        n += labels.shape[0]
    return total / n

# %% wrong train_epoch | the labels are not moved to the device
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, n = 0.0, 0
    for images, labels in loader:
        images = images.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        n += len(images)
    return total / n

# %% wrong train_epoch | never sets training mode, and asks for len(loader.dataset)
def train_epoch(model, loader, loss_fn, optimizer, device):
    total = 0.0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * images.size(0)
    return total / len(loader.dataset)

# %% right evaluate | decorator, dict of modes by module, try/finally
@torch.no_grad()
def evaluate(model, loader, device):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    hits, seen = 0, 0
    try:
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            hits += int(torch.eq(model(x).argmax(dim=1), y).sum())
            seen += y.numel()
    finally:
        for module, mode in modes.items():
            module.training = mode
    return hits / seen

# %% right evaluate | context manager, list of booleans, NumPy mean
@contextmanager
def measuring(model):
    remembered = [(m, m.training) for m in model.modules()]
    try:
        model.eval()
        with torch.no_grad():
            yield model
    finally:
        for m, flag in remembered:
            m.training = flag


def evaluate(model, loader, device):
    right = []
    with measuring(model) as net:
        for images, labels in loader:
            guess = torch.max(net(images.to(device)), dim=1).indices
            right.extend((guess == labels.to(device)).tolist())
    return np.mean(right)

# %% wrong evaluate | model.train(mode) sets all parts alike
def evaluate(model, loader, device):
    mode = model.training
    model.eval()
    hits, n = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            hits += (model(images).argmax(1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return hits / n

# %% wrong evaluate | notes the modes of the direct children only; deeper parts lose theirs
def evaluate(model, loader, device):
    own = model.training
    modes = [(child, child.training) for child in model.children()]
    model.eval()
    hits, n = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            hits += (model(images.to(device)).argmax(1) == labels.to(device)).sum().item()
            n += len(labels)
    model.training = own
    for child, mode in modes:
        child.train(mode)
    return hits / n

# %% wrong evaluate | freezes the weights and does not thaw them
def evaluate(model, loader, device):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    hits, n = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            hits += (model(images).argmax(dim=1) == labels).sum().item()
            n += len(images)
    for part, mode in modes:
        part.training = mode
    return hits / n

# %% wrong evaluate | the mean of batch accuracies, and always back to training mode
def evaluate(model, loader, device):
    model.eval()
    scores = []
    with torch.no_grad():
        for images, labels in loader:
            logits = model(images.to(device))
            scores.append((logits.argmax(1) == labels.to(device)).float().mean().item())
    model.train()
    return sum(scores) / len(scores)

# %% right predict | sorts the logits, gathers from a float64 log-softmax
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images)
    model.train(mode)
    log_p = logits.double().log_softmax(dim=1)
    labels = torch.sort(logits, dim=1, descending=True, stable=True).indices[:, :top]
    return log_p.gather(1, labels).exp().to(logits.dtype), labels

# %% right predict | the hint: softmax and topk
def predict(model, images, *, top):
    training = model.training
    try:
        with torch.no_grad():
            result = model.eval()(images).softmax(dim=1).topk(top, dim=1)
    finally:
        model.train(training)
    return result.values, result.indices

# %% wrong predict | softmax over the images, labels and probabilities swapped
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=0)
    model.train(mode)
    values, indices = p.topk(top)
    return indices, values

# %% wrong predict | exp / sum by hand gives nan for large logits
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        e = torch.exp(model(images))
        p = e / e.sum(dim=1, keepdim=True)
    model.train(mode)
    return p.topk(top, dim=1)

# %% wrong predict | repeated argmax, found ones set to 0: a kind comes twice when the rest underflows to 0
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        p = model(images).softmax(dim=1)
    model.train(mode)
    rest = p.clone()
    probabilities, labels = [], []
    for _ in range(top):
        best = rest.argmax(dim=1, keepdim=True)
        probabilities.append(p.gather(1, best))
        labels.append(best)
        rest.scatter_(1, best, 0.0)
    return torch.cat(probabilities, dim=1), torch.cat(labels, dim=1)

# %% wrong predict | labels are int32
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        values, indices = model(images).softmax(dim=1).topk(top, dim=1)
    model.train(mode)
    return values, indices.int()

# %% wrong predict | the largest logit of the whole batch is subtracted: 0/0 when images differ much
def predict(model, images, *, top):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images)
        e = (logits - logits.max()).exp()
        p = e / e.sum(dim=1, keepdim=True)
    model.train(mode)
    probabilities, labels = torch.topk(p, k=top, dim=1)
    return probabilities, labels

# %% wrong predict | training mode afterwards, whatever it was, and squeeze() for one image or top=1
def predict(model, images, *, top):
    model.eval()
    with torch.no_grad():
        p, k = model(images).softmax(dim=-1).topk(top)
    model.train()
    return p.squeeze(), k.squeeze()

# %% right confusion_matrix | beginner's loop
def confusion_matrix(labels, predictions, classes):
    rows = [[0] * classes for _ in range(classes)]
    for actual, said in zip(labels.tolist(), predictions.tolist()):
        rows[actual][said] += 1
    return torch.tensor(rows, dtype=torch.int64)

# %% right confusion_matrix | one-hot product in integers
def confusion_matrix(labels, predictions, classes):
    return F.one_hot(labels, classes).T @ F.one_hot(predictions, classes)

# %% right confusion_matrix | np.add.at
def confusion_matrix(labels, predictions, classes):
    m = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(m, (labels.cpu().numpy(), predictions.cpu().numpy()), 1)
    return torch.from_numpy(m)

# %% wrong confusion_matrix | each pair counted once, rows and columns swapped
def confusion_matrix(labels, predictions, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.long)
    matrix[predictions, labels] += 1
    return matrix

# %% wrong confusion_matrix | counts in int16 overflow
def confusion_matrix(labels, predictions, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int16)
    matrix.index_put_((labels, predictions), torch.ones(len(labels), dtype=torch.int16), accumulate=True)
    return matrix

# %% wrong confusion_matrix | multiplies the caller's labels in place
def confusion_matrix(labels, predictions, classes):
    labels *= classes
    labels += predictions
    return torch.bincount(labels, minlength=classes * classes).reshape(classes, classes)

# %% wrong confusion_matrix | returns a NumPy array, not a tensor
def confusion_matrix(labels, predictions, classes):
    pairs = labels.numpy() * classes + predictions.numpy()
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

# %% right capture_features | ExitStack, get_submodule
def capture_features(model, images, layers):
    from contextlib import ExitStack

    found = {}

    def keep(name):
        def hook(module, inputs, output):
            found[name] = output.detach().clone()

        return hook

    mode = model.training
    with ExitStack() as stack, torch.no_grad():
        for name in layers:
            handle = model.get_submodule(name).register_forward_hook(keep(name))
            stack.callback(handle.remove)
        model.eval()
        stack.callback(model.train, mode)
        model(images)
    return found

# %% right capture_features | functools.partial and try/finally
from functools import partial


def _store(features, name, layer, inputs, output):
    features[name] = output.clone().detach()


def capture_features(model, images, layers):
    named = dict(model.named_modules())
    features, handles = {}, []
    was = model.training
    try:
        for name in layers:
            handles.append(named[name].register_forward_hook(partial(_store, features, name)))
        model.eval()
        with torch.no_grad():
            model(images)
    finally:
        while handles:
            handles.pop().remove()
        model.train(was)
    return {name: features[name] for name in layers}

# %% wrong capture_features | no clone: the in-place ReLU overwrites
def capture_features(model, images, layers):
    modules = dict(model.named_modules())
    features = {}

    def make(name):
        def hook(module, inputs, output):
            features[name] = output.detach()

        return hook

    mode = model.training
    handles = [modules[name].register_forward_hook(make(name)) for name in layers]
    try:
        model.eval()
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        model.train(mode)
    return features

# %% wrong capture_features | clears all forward hooks of the layers, other people's too
def capture_features(model, images, layers):
    modules = dict(model.named_modules())
    features = {}
    mode = model.training
    model.eval()
    try:
        for name in layers:

            def hook(module, inputs, output, name=name):
                features[name] = output.clone()

            modules[name].register_forward_hook(hook)
        with torch.no_grad():
            model(images)
    finally:
        for name in layers:
            modules[name]._forward_hooks.clear()
    model.train(mode)
    return features

# %% wrong capture_features | late binding, and hooks stay after an error
def capture_features(model, images, layers):
    modules = dict(model.named_modules())
    features, handles = {}, []
    mode = model.training
    model.eval()
    for name in layers:
        handles.append(modules[name].register_forward_hook(lambda m, i, o: features.update({name: o.clone()})))
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    model.train(mode)
    return features

# %% wrong capture_features | the error of the model is swallowed
def capture_features(model, images, layers):
    modules = dict(model.named_modules())
    features, handles = {}, []
    mode = model.training

    def listener(name):
        def listen(layer, inputs, output):
            features[name] = output.detach().clone()

        return listen

    for name in layers:
        handles.append(modules[name].register_forward_hook(listener(name)))
    model.eval()
    try:
        with torch.no_grad():
            model(images)
    except RuntimeError as error:
        print(f"the model failed: {error}")
    finally:
        for handle in handles:
            handle.remove()
        model.train(mode)
    return features

# %% wrong capture_features | the caller's list of names is emptied
def capture_features(model, images, layers):
    modules = dict(model.named_modules())
    features, handles = {}, []

    def add(name):
        def hook(layer, inputs, output):
            features[name] = output.detach().clone()

        handles.append(modules[name].register_forward_hook(hook))

    mode = model.training
    model.eval()
    try:
        while layers:
            add(layers.pop(0))
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    model.train(mode)
    return features

# %% right clinic_1 | zero_grad just before backward
def clinic_1(model, images, labels, optimizer, *, steps):
    # Bug: the gradients of all earlier steps were added up.
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_1 | zero_grad at the end of the loop: gradients left from before count
def clinic_1(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        optimizer.zero_grad()
    return losses

# %% wrong clinic_1 | model.train() added: the mode is changed
def clinic_1(model, images, labels, optimizer, *, steps):
    model.train()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right clinic_2 | split instead of slices
def clinic_2(model, images, labels, optimizer, *, size):
    # step() came before backward()
    history = []
    for x, y in zip(images.split(size), labels.split(size)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history

# %% wrong clinic_2 | the smaller last batch is dropped
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

# %% right clinic_3 | log_softmax and nll_loss
def clinic_3(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        log_probabilities = F.log_softmax(model(images), dim=1)
        loss = F.nll_loss(log_probabilities, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_3 | log(softmax + 1e-8): wrong for large logits
def clinic_3(model, images, labels, optimizer, *, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        probabilities = model(images).softmax(dim=1)
        loss = F.nll_loss(torch.log(probabilities + 1e-8), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_3 | softmax gone, but zero_grad moved out of the loop
def clinic_3(model, images, labels, optimizer, *, steps):
    losses = []
    optimizer.zero_grad()
    for _ in range(steps):
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right clinic_4 | model.train() moved into the loop
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    for _ in range(epochs):
        model.train()  # it stayed in eval mode after the first validation
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
    return accuracies

# %% wrong clinic_4 | goes back to the mode it came in: learns in eval mode if it came in eval mode
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    mode = model.training
    model.train()
    for _ in range(epochs):
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        model.train(mode)
        accuracies.append(hits.float().mean().item())
    return accuracies

# %% wrong clinic_4 | eval() taken out: measured in training mode
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    accuracies = []
    for _ in range(epochs):
        model.train()
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
    return accuracies

# %% right clinic_5 | loss.item()
def clinic_5(model, images, labels, optimizer, *, size):
    total = 0.0
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)

# %% wrong clinic_5 | model.train() and gradient clipping added
def clinic_5(model, images, labels, optimizer, *, size):
    model.train()
    total = 0.0
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)

# %% right clinic_6 | DataLoader with the generator
def clinic_6(model, images, labels, optimizer, *, size, generator):
    from torch.utils.data import DataLoader

    loader = DataLoader(TensorDataset(images, labels), batch_size=size, shuffle=True, generator=generator)
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong clinic_6 | ignores the generator, draws from the global one
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

# %% wrong clinic_6 | seeds from initial_seed(): the next pass has the same order
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

# %% right quiz_selection | the letter
quiz_selection = "c"

# %% wrong quiz_hundred_kinds | ten kinds' loss
quiz_hundred_kinds = "a"

# %% wrong quiz_eval | thinks eval stops gradients, too
quiz_eval = "c"

