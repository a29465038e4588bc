"""Known wrong answers to assignment 5, VGG16, transfer, and what is inside."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from solutions.asking import Choice

# ---- preprocess ----


def preprocess__no_normalisation(image):
    """The pixels lie between 0 and 1, but mean and deviation are missing. To VGG16, which has only ever seen
    normalised pictures, everything looks pale and bright."""
    small = torchvision.transforms.functional.resize(image.convert("RGB"), 256)
    return torchvision.transforms.functional.to_tensor(torchvision.transforms.functional.center_crop(small, 224))


def preprocess__cifar_statistics(image):
    """These are CIFAR-10's mean and deviation. What counts is what this network was trained with."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616])


def preprocess__bgr(image):
    """Red and blue have changed places: OpenCV and the first VGG16 (Caffe) want blue first, torchvision wants red."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB"))[[2, 1, 0]]


def preprocess__zero_to_255(image):
    """The pixels run from 0 to 255 where mean and deviation expect 0 to 1: the results are in the hundreds."""
    tools = torchvision.transforms.functional
    pixels = tools.pil_to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224)).float()
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__caffe(image):
    """These are the statistics of another VGG16: the mean is subtracted, but nothing divided, from 0 to 255. Every set
    of weights has a transform of its own; look at those of IMAGENET1K_V1."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_FEATURES.transforms()(image.convert("RGB"))


def preprocess__its_own_statistics(image):
    """The picture was normalised with its own mean and deviation, so a night is as bright as a day. The numbers are
    those of ImageNet, the same for every picture."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return (pixels - pixels.mean(dim=(1, 2), keepdim=True)) / pixels.std(dim=(1, 2), keepdim=True)


def preprocess__squashed(image):
    """The picture was squeezed into a square: birds get thin or fat. Keep the proportion, and cut."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.resize(image.convert("RGB"), (224, 224)))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__shorter_side_224(image):
    """The shorter side was scaled to 224, so nothing of it is cut off. It is scaled to 256 first: what is in the
    picture appears a seventh larger."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 224), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__width_256(image):
    """The width was scaled to 256, whether or not it is the shorter side. A landscape gets too low, and black bars."""
    tools, (width, height) = torchvision.transforms.functional, image.size
    small = tools.resize(image.convert("RGB"), (256 * height // width, 256))
    pixels = tools.to_tensor(tools.center_crop(small, 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__corner(image):
    """The square was cut out at the top left. Cut out the middle, where photographers put their birds."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.resize(image.convert("RGB"), 256))[:, :224, :224]
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__no_antialias(image):
    """The resizing is bilinear, but without antialias: in a large picture it looks at four pixels for each new one,
    and skips all the others."""
    tools = torchvision.transforms.functional
    pixels = tools.resize(tools.to_tensor(image.convert("RGB")), 256, antialias=False)
    return tools.normalize(tools.center_crop(pixels, 224), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__mode_kept(image):
    """A grey picture has one channel, a transparent one has four, and your function stops at both. Convert to RGB
    first."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image)


def preprocess__converted_late(image):
    """The picture became RGB only after the resizing. Numbers of a palette's colours cannot be averaged, and
    transparent pixels count for nothing when they are: convert first."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image, 256), 224).convert("RGB"))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__channels_last(image):
    """The channels come last, as in NumPy and matplotlib. In PyTorch they come first: (3, 224, 224)."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB")).permute(1, 2, 0)


def preprocess__reshaped(image):
    """`reshape` cuts the row of numbers anew, and mixes pixels with channels. Swapping axes is `permute`."""
    pixels = np.asarray(torchvision.transforms.functional.resize(image.convert("RGB"), 256))
    top, left = (pixels.shape[0] - 224) // 2, (pixels.shape[1] - 224) // 2
    pixels = torch.tensor(pixels[top : top + 224, left : left + 224]).reshape(3, 224, 224) / 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (pixels - mean[:, None, None]) / std[:, None, None]


def preprocess__batch_axis(image):
    """There is an axis too many. One picture is (3, 224, 224); a batch is made of several, later."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB"))[None]


def preprocess__bicubic(image):
    """The resizing is not bilinear: Pillow's own `resize` is bicubic unless you name another way."""
    image = image.convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize((int(image.width * scale + 1e-9), int(image.height * scale + 1e-9)))
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    pixels = torchvision.transforms.functional.to_tensor(image.crop((left, top, left + 224, top + 224)))
    return torchvision.transforms.functional.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__squashed_to_256(image):
    """`resize((256, 256))` gives both sides 256 pixels and squeezes the picture. One number is for the shorter side."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), (256, 256)), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__thumbnail(image):
    """`thumbnail` fits the whole picture into 256×256 pixels: the longer side becomes 256, not the shorter one, and
    small pictures stay small."""
    tools, image = torchvision.transforms.functional, image.convert("RGB")
    image.thumbnail((256, 256))
    pixels = tools.to_tensor(tools.center_crop(image, 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__divided_twice(image):
    """The bytes were divided by 255 twice: `ToTensor` and `to_tensor` do it already. Everything is nearly black."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224)) / 255
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__divided_by_256(image):
    """White is a little too dark: the largest byte is 255, and it should become 1."""
    tools = torchvision.transforms.functional
    pixels = tools.pil_to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224)) / 256
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__one_half(image):
    """Mean and deviation are 0.5, which gives numbers from -1 to 1. Many tutorials do so, but this network was trained
    with ImageNet's."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.5] * 3, [0.5] * 3)


def preprocess__only_the_mean(image):
    """The mean was subtracted, and nothing divided. Divide each channel by its standard deviation, too."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [1.0] * 3)


def preprocess__one_deviation(image):
    """All channels were divided by the same number. Each channel has a standard deviation of its own."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.226] * 3)


def preprocess__deviations_reversed(image):
    """The standard deviations of red and blue have changed places."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.225, 0.224, 0.229])


def preprocess__sides_swapped(image):
    """The picture lies on its side: Pillow counts (width, height), arrays count (rows, columns)."""
    pixels = torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB"))
    return pixels.transpose(1, 2).contiguous()


def preprocess__grey(image):
    """The colours are gone: `convert("L")` makes a grey picture of every one."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("L").convert("RGB"))


def preprocess__for_training(image):
    """A square was cut out at random, as it is done in training. To ask a network, cut the middle."""
    transforms = torchvision.transforms
    steps = [transforms.RandomResizedCrop(224), transforms.ToTensor()]
    steps.append(transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return transforms.Compose(steps)(image.convert("RGB"))


def preprocess__double_precision(image):
    """The numbers are right, but in float64, NumPy's own precision. The network's weights are float32."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB")).double()


def preprocess__small_pictures_not_enlarged(image):
    """Small pictures were not enlarged. Every picture is scaled until its shorter side is 256."""
    tools, image = torchvision.transforms.functional, image.convert("RGB")
    if min(image.size) > 256:
        image = tools.resize(image, 256)
    pixels = tools.to_tensor(tools.center_crop(image, 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__rounded(image):
    """The longer side was rounded to the nearest pixel. It is rounded down."""
    tools, image = torchvision.transforms.functional, image.convert("RGB")
    scale = 256 / min(image.size)
    image = tools.resize(image, (round(image.height * scale), round(image.width * scale)))
    pixels = tools.to_tensor(tools.center_crop(image, 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__array(image):
    """This is a NumPy array. The network takes a tensor."""
    return torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB")).numpy()


def preprocess__bytes(image):
    """These are bytes from 0 to 255. Divide by 255, then subtract the mean and divide by the standard deviation."""
    tools = torchvision.transforms.functional
    return tools.pil_to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224)).float()


def preprocess__bgr_first(image):
    """Red and blue had changed places before the mean and the deviation came. These are in the order red, green,
    blue."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))[[2, 1, 0]]
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__cifar_as_often_copied(image):
    """This is CIFAR-10's mean, with deviations that are often copied together with it. What counts is what this network
    was trained with."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])


# ---- top_k ----


def top_k__training_mode(model, images, categories, k):
    """The model was not put into eval mode: dropout drops, so that the answer depends on chance."""
    with torch.no_grad():
        probabilities, labels = model(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__stays_in_eval(model, images, categories, k):
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    model.eval()
    with torch.no_grad():
        probabilities, labels = model(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__one_mode_for_all(model, images, categories, k):
    """`model.train(mode)` sets all parts alike: a batch norm that was kept in eval mode on purpose is in training mode
    now. Note the mode of each part."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        probabilities, labels = model(images).softmax(dim=1).topk(k)
    model.train(mode)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__gradients(model, images, categories, k):
    """All that a gradient would need was stored on the way, hundreds of megabytes in VGG16. `eval()` does not prevent
    that."""
    probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__logits(model, images, categories, k):
    """These are logits. A probability lies between 0 and 1, and all of them add up to 1."""
    with torch.no_grad():
        scores, labels = copy.deepcopy(model).eval()(images).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), scores.tolist(), strict=True)
    ]


def top_k__softmax_of_the_top(model, images, categories, k):
    """The softmax was taken of the top logits only, as if there were no other categories: the best one seems surer
    than it is."""
    with torch.no_grad():
        scores, labels = copy.deepcopy(model).eval()(images).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), scores.softmax(dim=1).tolist(), strict=True)
    ]


def top_k__over_the_images(model, images, categories, k):
    """The softmax runs over the images of the batch. The probabilities of *one* image add up to 1: the other axis."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=0).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__first_image_only(model, images, categories, k):
    """Only the first image was looked at. There may be several, and each gets a list, a single one, too."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images)[0].softmax(dim=0).topk(k)
    return [(categories[i], p) for i, p in zip(labels.tolist(), probabilities.tolist(), strict=True)]


def top_k__ascending(model, images, categories, k):
    """The order is turned around: the most probable category comes first."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=1).sort(dim=1)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels[:, -k:].tolist(), probabilities[:, -k:].tolist(), strict=True)
    ]


def top_k__swapped(model, images, categories, k):
    """The pairs are the wrong way round: first the category, then its probability."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(p, categories[i]) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__gradients_off_for_good(model, images, categories, k):
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""
    model = copy.deepcopy(model).eval()
    torch.set_grad_enabled(False)
    probabilities, labels = model(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__numbers_for_names(model, images, categories, k):
    """Who knows what 14 is? Return the names, which `categories` has."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(i, p) for i, p in zip(*row, strict=True)] for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__percent(model, images, categories, k):
    """The probabilities are in percent. Return a fraction from 0 to 1."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], 100 * p) for i, p in zip(*row, strict=True)]
        for row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__tensors(model, images, categories, k):
    """The probabilities are tensors of one number each. Return plain floats: `.item()` or `.tolist()`."""
    with torch.no_grad():
        probabilities, labels = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(row, values, strict=True)]
        for row, values in zip(labels, probabilities, strict=True)
    ]


def top_k__sigmoid(model, images, categories, k):
    """These are sigmoids of the logits, one by one, which do not add up to 1. A softmax compares the categories."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).sigmoid().topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__log_softmax(model, images, categories, k):
    """These are logarithms of probabilities, which are negative. Use the softmax itself."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).log_softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__softmax_twice(model, images, categories, k):
    """The softmax was taken twice, which makes all categories nearly equal."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__exp_overflows(model, images, categories, k):
    """`exp` of a large logit is infinite, and infinity divided by infinity is nan. `softmax` subtracts the largest
    logit first."""
    with torch.no_grad():
        powers = copy.deepcopy(model).eval()(images).exp()
    probabilities, indices = (powers / powers.sum(dim=1, keepdim=True)).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__softmax_if_needed(model, images, categories, k):
    """The softmax is skipped where the logits happen to add up to 1. That makes no probabilities of them."""
    with torch.no_grad():
        probabilities = copy.deepcopy(model).eval()(images)
    if not torch.allclose(probabilities.sum(dim=1), torch.ones(len(images)), atol=1e-4):
        probabilities = probabilities.softmax(dim=1)
    probabilities, indices = probabilities.topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__rounded(model, images, categories, k):
    """The probabilities were rounded. Round when you print, not before."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], round(p, 2)) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__squeezed(model, images, categories, k):
    """`squeeze()` removes every axis of length 1, so a single image is no batch any more, and k = 1 no list."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).squeeze().topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__images_changed(model, images, categories, k):
    """The answer is right, but the caller's images were written over. Work on a copy."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    images -= images.mean()
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__names_sorted(model, images, categories, k):
    """The list of categories was sorted, and so a number no longer means the same category."""
    categories.sort()
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__names_used_up(model, images, categories, k):
    """The caller's list of categories was changed. Read from it, and write nothing into it."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    categories.append("unknown")
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__gradients_on_for_good(model, images, categories, k):
    """Gradients are switched on at the end, whatever they were before. `with torch.no_grad():` puts back what it
    found."""
    torch.set_grad_enabled(False)
    probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    torch.set_grad_enabled(True)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__array_floats(model, images, categories, k):
    """The probabilities are NumPy numbers. Return plain floats: `.item()` or `.tolist()`."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.numpy(), strict=True)
    ]


def top_k__always_eval_children(model, images, categories, k):
    """Only the outermost parts were put into eval mode and back. Each part has a mode, at any depth."""
    modes = [part.training for part in model.children()]
    model.eval()
    with torch.no_grad():
        probabilities, indices = model(images).softmax(dim=1).topk(k)
    for part, mode in zip(model.children(), modes, strict=True):
        part.train(mode)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


# ---- replace_head ----


def replace_head__backbone_trainable(model, classes):
    """The backbone can still be trained, and would soon forget what ImageNet taught it. (`model.requires_grad = False`
    freezes nothing: on a module that is a new attribute which nobody reads. There is a method with an
    underscore.)"""
    name, old = [(name, part) for name, part in model.eval().named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__head_frozen(model, classes):
    """Everything was frozen after the new head was put in, so the head, too. Nothing is left to be trained."""
    name, old = [(name, part) for name, part in model.eval().named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    for parameter in model.parameters():
        parameter.requires_grad = False
    return model


def replace_head__whole_classifier(model, classes):
    """The whole classifier became one new layer. Only the last Linear is to go; those before it know a lot."""
    model.eval().requires_grad_(False)
    linears = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    name = linears[-1][0].split(".")[0]
    inside = [part for path, part in linears if path.split(".")[0] == name]
    setattr(model, name, nn.Linear(inside[0].in_features, classes))
    return model


def replace_head__classifier_reset(model, classes):
    """The dense layers before the head are new and random, too. They were trained on a million pictures; keep their
    weights."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    for part in model.modules():
        if isinstance(part, nn.Linear):
            part.reset_parameters()
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__only_features_frozen(model, classes):
    """The convolutions are frozen, but the dense layers are not: in VGG16 that leaves 120 million parameters to
    train."""
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    for part in model.modules():
        if not isinstance(part, nn.Linear):
            for parameter in part.parameters(recurse=False):
                parameter.requires_grad = False
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__training_mode(model, classes):
    """Frozen is not eval mode: dropout goes on dropping, and batch norm goes on changing its running averages, which
    no gradient is needed for."""
    model.train().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__dropout_active(model, classes):
    """Batch norm is in eval mode, dropout is not. The frozen part should say the same of the same image every time."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.train()
    return model


def replace_head__only_the_number(model, classes):
    """`out_features` is a note of how the layer was made. To write another number there changes no weights: the head
    still gives as many scores as before."""
    model.eval().requires_grad_(False)
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    head.out_features = classes
    head.requires_grad_(True)
    return model


def replace_head__one_more_layer(model, classes):
    """The new layer stands behind the old head, and has to guess breeds from a thousand ImageNet scores. It takes the
    head's place."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Sequential(old, nn.Linear(old.out_features, classes)))
    return model


def replace_head__vgg16_only(model, classes):
    """`classifier[6]` with 4096 inputs is VGG16's head, and only there. Find the last nn.Linear, whatever the model
    and its sizes."""
    model.eval().requires_grad_(False)
    model.classifier[6] = nn.Linear(4096, classes)
    return model


def replace_head__last_layer(model, classes):
    """The head was taken to be the last layer of `classifier`, or to be called `fc`. In some networks something comes
    behind it: look for the last nn.Linear."""
    model.eval().requires_grad_(False)
    if hasattr(model, "fc"):
        model.fc = nn.Linear(model.fc.in_features, classes)
    else:
        model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, classes)
    return model


def replace_head__first_linear(model, classes):
    """The first nn.Linear was replaced, not the last: the head still knows the old classes, and what comes between
    does not fit."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][0]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__no_bias(model, classes):
    """The new head has no bias. VGG16 with ten classes should have 40,970 trainable parameters, and has 40,960."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes, bias=False))
    return model


def replace_head__a_copy(model, classes):
    """The new head is in a copy, and the model is as it was. Return the same model, changed; two copies of VGG16
    are a gigabyte."""
    model = copy.deepcopy(model).eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__nothing_returned(model, classes):
    """The model was changed, but not returned. Whoever writes `model = replace_head(model, 37)` now has None."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))


def replace_head__child_by_child(model, classes):
    """Not the last Linear was found, but the one that lies deepest: whoever goes from part to part, and through each
    one's children, sees `fc` before what is inside `layer4`. Go by `named_modules()`."""
    model.eval().requires_grad_(False)
    for part in model.modules():
        for name, child in part.named_children():
            if isinstance(child, nn.Linear):
                parent, place, width = part, name, child.in_features
    setattr(parent, place, nn.Linear(width, classes))
    return model


def replace_head__by_kinds_of_layers(model, classes):
    """Only parameters of certain kinds of layers were frozen. There are others, and some belong to no layer at all."""
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)):
            part.requires_grad_(False)
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__weights_frozen_biases_not(model, classes):
    """The weights are frozen, the biases are not. Both are parameters, and so are those of batch norm."""
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    for key, parameter in model.named_parameters():
        if key.endswith("weight"):
            parameter.requires_grad_(False)
    model.eval()
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__thawed_here_and_there(model, classes):
    """The parts that end in the head's name are trainable, too. Compare the whole name."""
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    for key, parameter in model.named_parameters():
        parameter.requires_grad = child in key.split(".")
    return model.eval()


def replace_head__children_in_eval(model, classes):
    """The parts are in eval mode, the model itself is not: `children()` leaves it out. `model.eval()` does all."""
    model.requires_grad_(False)
    for part in model.children():
        part.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__features_of_the_old_head(model, classes):
    """The new head takes as many inputs as the old one had outputs. Look at `in_features`."""
    model.requires_grad_(False)
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.out_features, classes))
    return model


def replace_head__two_layers(model, classes):
    """The new head has two layers. Here it is a single nn.Linear, with 40,970 parameters in VGG16."""
    model.requires_grad_(False)
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    new = nn.Sequential(nn.Linear(old.in_features, 16), nn.ReLU(), nn.Linear(16, classes))
    setattr(model.get_submodule(parent), child, new)
    return model


def replace_head__softmax_behind(model, classes):
    """The head ends in a softmax. The loss takes logits, and the head is a plain nn.Linear."""
    model.requires_grad_(False)
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    new = nn.Sequential(nn.Linear(old.in_features, classes), nn.Softmax(dim=1))
    setattr(model.get_submodule(parent), child, new)
    return model


def replace_head__bias_as_before(model, classes):
    """The new head has a bias only where the old one had one. It always has one."""
    model.requires_grad_(False)
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes, bias=old.bias is not None))
    return model


def replace_head__statistics_reset(model, classes):
    """Batch norm's running statistics were reset. They belong to what the network has learnt."""
    model.requires_grad_(False)
    model.eval()
    for part in model.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            part.reset_running_stats()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


# ---- parameter_groups ----


def parameter_groups__head_twice(model, *, head_lr, backbone_lr):
    """`model.parameters()` are all parameters, the head's, too. These are in both groups now, and PyTorch refuses
    that."""
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    return [
        {"params": [p for p in head.parameters() if p.requires_grad], "lr": head_lr},
        {"params": [p for p in model.parameters() if p.requires_grad], "lr": backbone_lr},
    ]


def parameter_groups__frozen_ones_too(model, *, head_lr, backbone_lr):
    """Frozen parameters are in the groups as well. Weight decay and momentum may move them all the same once they have
    had a gradient, and the list says that they are being trained."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    return [
        {"params": [p for p in model.parameters() if id(p) in head], "lr": head_lr},
        {"params": [p for p in model.parameters() if id(p) not in head], "lr": backbone_lr},
    ]


def parameter_groups__head_never_asked(model, *, head_lr, backbone_lr):
    """In the backbone the frozen ones were left out, in the head they were not. It may be frozen, too, in part or
    entirely."""
    head = list([part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters())
    own = {id(p) for p in head}
    backbone = [p for p in model.parameters() if p.requires_grad and id(p) not in own]
    return [{"params": head, "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]


def parameter_groups__rates_swapped(model, *, head_lr, backbone_lr):
    """The rates have changed places. It is the new head that has everything to learn."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    trainable = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trainable if id(p) in head], "lr": backbone_lr},
        {"params": [p for p in trainable if id(p) not in head], "lr": head_lr},
    ]


def parameter_groups__head_only(model, *, head_lr, backbone_lr):
    """Only the head is there. What you unfroze of the backbone will not be trained."""
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    return [{"params": [p for p in head.parameters() if p.requires_grad], "lr": head_lr}]


def parameter_groups__backbone_only(model, *, head_lr, backbone_lr):
    """The head itself is in no group, so the one layer that knows nothing yet will not be trained."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    return [{"params": [p for p in model.parameters() if p.requires_grad and id(p) not in head], "lr": backbone_lr}]


def parameter_groups__one_rate(model, *, head_lr, backbone_lr):
    """There is one group with one rate for all. The head learns faster than the backbone."""
    return [{"params": [p for p in model.parameters() if p.requires_grad], "lr": head_lr}]


def parameter_groups__all_dense_layers(model, *, head_lr, backbone_lr):
    """All dense layers got the head's rate. The head is the last of them only; the others were trained before."""
    head = {id(p) for part in model.modules() if isinstance(part, nn.Linear) for p in part.parameters()}
    trainable = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trainable if id(p) in head], "lr": head_lr},
        {"params": [p for p in trainable if id(p) not in head], "lr": backbone_lr},
    ]


def parameter_groups__classifier(model, *, head_lr, backbone_lr):
    """The head was taken to be the part called `classifier`. That is all dense layers of VGG16, and ResNet has no part
    of this name."""
    head = [p for p in model.classifier.parameters() if p.requires_grad]
    own = {id(p) for p in head}
    backbone = [p for p in model.parameters() if p.requires_grad and id(p) not in own]
    return [{"params": head, "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]


def parameter_groups__layers_in_between_lost(model, *, head_lr, backbone_lr):
    """Convolutions and head are there, but the dense layers before the head are in no group, and will not be
    trained."""
    linears = [part for part in model.modules() if isinstance(part, nn.Linear)]
    dense = {id(p) for part in linears for p in part.parameters()}
    return [
        {"params": [p for p in linears[-1].parameters() if p.requires_grad], "lr": head_lr},
        {"params": [p for p in model.parameters() if p.requires_grad and id(p) not in dense], "lr": backbone_lr},
    ]


def parameter_groups__shared_twice(model, *, head_lr, backbone_lr):
    """Two layers that share a weight give it twice if you go through the model layer by layer. It is one parameter,
    and belongs into one group once."""
    linears = [part for part in model.modules() if isinstance(part, nn.Linear)]
    backbone = [p for part in model.modules() if part is not linears[-1] for p in part.parameters(recurse=False)]
    return [
        {"params": [p for p in linears[-1].parameters() if p.requires_grad], "lr": head_lr},
        {"params": [p for p in backbone if p.requires_grad], "lr": backbone_lr},
    ]


def parameter_groups__weights_only(model, *, head_lr, backbone_lr):
    """Only weights are in the groups. Biases are parameters, too, and so are those of batch norm."""
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    layers = [part for part in model.modules() if isinstance(part, (nn.Linear, nn.Conv2d)) and part is not head]
    backbone = {id(part.weight): part.weight for part in layers if part.weight.requires_grad}
    return [
        {"params": [head.weight] if head.weight.requires_grad else [], "lr": head_lr},
        {"params": list(backbone.values()), "lr": backbone_lr},
    ]


def parameter_groups__in_a_list(model, *, head_lr, backbone_lr):
    """`p in head` compares numbers, not identities: PyTorch compares elementwise, and stops where the shapes differ.
    Ask with `is`, or by `id(p)`, or by names."""
    head = list([part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters())
    backbone = [p for p in model.parameters() if p.requires_grad and p not in head]
    return [{"params": [p for p in head if p.requires_grad], "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]


def parameter_groups__unfreezes(model, *, head_lr, backbone_lr):
    """Everything became trainable. Your function is to sort parameters, and to change none."""
    model.requires_grad_(True)
    head = list([part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters())
    own = {id(p) for p in head}
    backbone = [p for p in model.parameters() if id(p) not in own]
    return [{"params": head, "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]


def parameter_groups__by_the_beginning_of_names(model, *, head_lr, backbone_lr):
    """The head's parameters were found by the beginning of their names. Other layers' names may begin the same way:
    "fc" and "fc_norm"."""
    head = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    free = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [p for name, p in free if name.startswith(head)], "lr": head_lr},
        {"params": [p for name, p in free if not name.startswith(head)], "lr": backbone_lr},
    ]


def parameter_groups__a_part_of_the_name(model, *, head_lr, backbone_lr):
    """Every parameter in whose name the head's name occurs got the head's rate. Another layer may be called
    "se.fc1"."""
    head = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    free = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [p for name, p in free if head in name], "lr": head_lr},
        {"params": [p for name, p in free if head not in name], "lr": backbone_lr},
    ]


def parameter_groups__generators(model, *, head_lr, backbone_lr):
    """The parameters are in generators, which are used up by the first who counts them. Make lists."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    return [
        {"params": (p for p in model.parameters() if p.requires_grad and id(p) in head), "lr": head_lr},
        {"params": (p for p in model.parameters() if p.requires_grad and id(p) not in head), "lr": backbone_lr},
    ]


def parameter_groups__a_tuple_of_groups(model, *, head_lr, backbone_lr):
    """The groups are right, but in a tuple. Return a list of dicts."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    free = [p for p in model.parameters() if p.requires_grad]
    return (
        {"params": [p for p in free if id(p) in head], "lr": head_lr},
        {"params": [p for p in free if id(p) not in head], "lr": backbone_lr},
    )


def parameter_groups__with_names(model, *, head_lr, backbone_lr):
    """The groups hold pairs of name and parameter, as `named_parameters()` gives them. Take the parameters alone."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    free = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [pair for pair in free if id(pair[1]) in head], "lr": head_lr},
        {"params": [pair for pair in free if id(pair[1]) not in head], "lr": backbone_lr},
    ]


def parameter_groups__last_part(model, *, head_lr, backbone_lr):
    """The head was taken to be the last part of the model. It is the last nn.Linear, and something may follow it."""
    own = {id(p) for p in list(model.modules())[-1].parameters()}
    free = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in free if id(p) in own], "lr": head_lr},
        {"params": [p for p in free if id(p) not in own], "lr": backbone_lr},
    ]


def parameter_groups__last_two(model, *, head_lr, backbone_lr):
    """The last two parameters were taken for the head. A head may have no bias, and others may come after it."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters[-2:] if p.requires_grad], "lr": head_lr},
        {"params": [p for p in parameters[:-2] if p.requires_grad], "lr": backbone_lr},
    ]


def parameter_groups__by_their_place_in_memory(model, *, head_lr, backbone_lr):
    """Parameters were told apart by where their numbers lie in memory. Without numbers all lie in the same place."""
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    own = {p.data_ptr() for p in head.parameters()}
    free = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in free if p.data_ptr() in own], "lr": head_lr},
        {"params": [p for p in free if p.data_ptr() not in own], "lr": backbone_lr},
    ]


def parameter_groups__by_their_numbers(model, *, head_lr, backbone_lr):
    """Parameters were told apart by their numbers, and two layers may have the same ones. Go by identity."""
    head = list([part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters())
    free = [p for p in model.parameters() if p.requires_grad]
    own = [p for p in free if any(p.shape == h.shape and torch.equal(p, h) for h in head)]
    return [
        {"params": own, "lr": head_lr},
        {"params": [p for p in free if id(p) not in {id(q) for q in own}], "lr": backbone_lr},
    ]


def parameter_groups__state_dict(model, *, head_lr, backbone_lr):
    """`state_dict()` gives tensors without gradients, and buffers, too. An optimiser needs the parameters
    themselves."""
    head = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1] + "."
    state = model.state_dict()
    return [
        {"params": [value for name, value in state.items() if name.startswith(head)], "lr": head_lr},
        {"params": [value for name, value in state.items() if not name.startswith(head)], "lr": backbone_lr},
    ]


def parameter_groups__shared_with_the_head(model, *, head_lr, backbone_lr):
    """A parameter that the head shares with an earlier layer got the backbone's rate. It is the head's as well."""
    head = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1] + "."
    free = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [p for name, p in free if name.startswith(head)], "lr": head_lr},
        {"params": [p for name, p in free if not name.startswith(head)], "lr": backbone_lr},
    ]


def parameter_groups__layers_only(model, *, head_lr, backbone_lr):
    """Only parameters of certain kinds of layers are there. There are others, and some belong to no layer at all."""
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    own, seen = {id(p) for p in head.parameters()}, {}
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)):
            seen.update({id(p): p for p in part.parameters() if p.requires_grad})
    return [
        {"params": [p for key, p in seen.items() if key in own], "lr": head_lr},
        {"params": [p for key, p in seen.items() if key not in own], "lr": backbone_lr},
    ]


# ---- cache_features ----


def cache_features__training_mode(backbone, loader, device):
    """Dropout was on: half of every feature is missing, another half for each image, and for good. Cache in eval
    mode."""
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__stays_in_eval(backbone, loader, device):
    """The backbone is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    backbone.eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__one_mode_for_all(backbone, loader, device):
    """`train(mode)` sets all parts alike: a part that was kept in eval mode on purpose is in training mode now. Note
    the mode of each."""
    mode = backbone.training
    backbone.eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers)
    backbone.train(mode)
    return torch.cat(features), torch.cat(labels)


def cache_features__gradients(backbone, loader, device):
    """The features remember how they were computed, and with them every layer's output of every batch: memory runs
    full. The backbone is not trained, so nothing needs that."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    for images, answers in loader:
        features.append(backbone(images.to(device)).float().cpu())
        labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__inference_mode(backbone, loader, device):
    """Tensors made in `inference_mode` can never take part in training, so no head can learn from these. `no_grad`
    makes ordinary ones."""
    backbone = copy.deepcopy(backbone).eval()
    with torch.inference_mode():
        batches = [(backbone(images.to(device)).float().cpu(), answers) for images, answers in loader]
        features, labels = zip(*batches, strict=True)
        return torch.cat(features), torch.cat(labels)


def cache_features__shuffled(backbone, loader, device):
    """The order is another than the loader's. Whoever compares the features with pictures or file names compares with
    the wrong ones."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers)
    order = torch.randperm(sum(len(answers) for answers in labels))
    return torch.cat(features)[order], torch.cat(labels)[order]


def cache_features__two_passes(backbone, loader, device):
    """Features and labels were taken from two passes through the loader. One that shuffles gives another order each
    time, and an image gets another one's label."""
    backbone = copy.deepcopy(backbone).eval()
    with torch.no_grad():
        features = [backbone(images.to(device)).float().cpu() for images, _ in loader]
    return torch.cat(features), torch.cat([answers for _, answers in loader])


def cache_features__last_batch(backbone, loader, device):
    """Only the last batch came back: each one replaced the one before. Collect them."""
    backbone = copy.deepcopy(backbone).eval()
    with torch.no_grad():
        for images, answers in loader:
            features, labels = backbone(images.to(device)).float().cpu(), answers
    return features, labels


def cache_features__smaller_batch_dropped(backbone, loader, device):
    """The last, smaller batch was left out, to have equal shapes. Every image counts."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            if not labels or len(answers) == len(labels[0]):
                features.append(backbone(images.to(device)).float().cpu())
                labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__stacked(backbone, loader, device):
    """`stack` makes a new axis for the batches, and stops where the last one is smaller. Batches are put one behind
    the other along the axis they have."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers)
    return torch.stack(features), torch.stack(labels)


def cache_features__flattened(backbone, loader, device):
    """The features were flattened. Keep the shape that the backbone gives: what comes behind it may need the maps."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).flatten(1).float().cpu())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__not_moved(backbone, loader, device):
    """The batches were not moved to the device. On a CPU nobody notices; with the backbone on a GPU it stops at the
    first batch."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images).float().cpu())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__stays_on_the_device(backbone, loader, device):
    """The features stay on the device, which has better uses for its memory. Return features on the CPU."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__double_precision(backbone, loader, device):
    """The features have the backbone's precision. Return float32, whatever the backbone computes in."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).cpu())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__half_precision(backbone, loader, device):
    """The features were rounded to float16. It saves half of the memory, but a head trained on them is no longer the
    one that end-to-end training gives."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).cpu().half())
            labels.append(answers)
    return torch.cat(features), torch.cat(labels)


def cache_features__loader_listed_twice(backbone, loader, device):
    """Each image went through the backbone twice. Once is enough: that is the point of a cache."""
    twin = copy.deepcopy(backbone).eval()
    with torch.no_grad():
        batches = [(images.to(device), labels.cpu()) for images, labels in loader]
        sizes = [twin(images).shape for images, _ in batches]
        features = [twin(images).float().cpu() for images, _ in batches]
    return torch.cat(features), torch.cat([labels for (_, labels), _ in zip(batches, sizes, strict=True)])


def cache_features__lists(backbone, loader, device):
    """These are lists of batches. Put them one behind the other: `torch.cat`."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(twin(images.to(device)).float().cpu())
            labels.append(answers.cpu())
    return features, labels


def cache_features__labels_as_floats(backbone, loader, device):
    """The labels became floats. They are numbers of classes, and the loss wants integers."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(twin(images.to(device)).float().cpu())
            labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels).float()


def cache_features__arrays(backbone, loader, device):
    """These are NumPy arrays. The head is trained on tensors."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(twin(images.to(device)).float().cpu().numpy())
            labels.append(answers.cpu().numpy())
    return np.concatenate(features), np.concatenate(labels)


def cache_features__squeezed(backbone, loader, device):
    """`squeeze()` removes every axis of length 1, also that of a batch of one image, or of a single feature."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(twin(images.to(device)).squeeze().float().cpu())
            labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)


def cache_features__pooled(backbone, loader, device):
    """The maps were averaged over height and width. Keep what the backbone gives."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    with torch.no_grad():
        for images, answers in loader:
            out = twin(images.to(device)).float().cpu()
            features.append(out.mean(dim=(2, 3)) if out.dim() == 4 else out)
            labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)


def cache_features__normalised(backbone, loader, device):
    """The features were normalised. The head would have to be shown normalised ones for ever after: keep what the
    backbone gives."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(twin(images.to(device)).float().cpu())
            labels.append(answers.cpu())
    return F.normalize(torch.cat(features).flatten(1), dim=1).reshape(torch.cat(features).shape), torch.cat(labels)


def cache_features__gradients_off_for_good(backbone, loader, device):
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""
    torch.set_grad_enabled(False)
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    for images, answers in loader:
        features.append(twin(images.to(device)).float().cpu())
        labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)


def cache_features__freezes(backbone, loader, device):
    """The backbone's parameters are frozen afterwards, whatever they were. `torch.no_grad()` needs no frozen ones."""
    features, labels, modes = [], [], [(part, part.training) for part in backbone.modules()]
    backbone.eval().requires_grad_(False)
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers.cpu())
    for part, mode in modes:
        part.training = mode
    return torch.cat(features), torch.cat(labels)


def cache_features__detached_late(backbone, loader, device):
    """The features carry no gradients, but each batch was computed with them: `detach()` comes after the memory has
    been spent. Compute under `torch.no_grad()`."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    for images, answers in loader:
        features.append(twin(images.to(device)).detach().float().cpu())
        labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)


# ---- unfreeze_from ----


def unfreeze_from__nothing_frozen(model, layer):
    """What comes before the layer was left as it was. It is to be frozen, whatever it was."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"there is no layer {layer!r}")
    for part in list(model.modules())[names.index(layer) :]:
        part.requires_grad_(True)


def unfreeze_from__nothing_unfrozen(model, layer):
    """What comes before the layer is frozen, but what was frozen from the layer on still is. Make it trainable."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"there is no layer {layer!r}")
    kept = {id(p) for part in list(model.modules())[names.index(layer) :] for p in part.parameters()}
    for parameter in model.parameters():
        if id(parameter) not in kept:
            parameter.requires_grad = False


def unfreeze_from__this_layer_only(model, layer):
    """Only the layer itself is trainable. Those after it are, too: they have to get used to what it says now."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"there is no layer {layer!r}")
    model.requires_grad_(False)
    model.get_submodule(layer).requires_grad_(True)


def unfreeze_from__the_wrong_end(model, layer):
    """Everything *before* the layer is trainable. Edges and colours are the same for pets; it is the late layers that
    know about ImageNet's classes."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"there is no layer {layer!r}")
    kept = {id(p) for part in list(model.modules())[names.index(layer) :] for p in part.parameters()}
    for parameter in model.parameters():
        parameter.requires_grad = id(parameter) not in kept


def unfreeze_from__only_after(model, layer):
    """The layer itself was left frozen. It is the first that is trainable."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"there is no layer {layer!r}")
    model.requires_grad_(False)
    for name, part in list(model.named_modules())[names.index(layer) + 1 :]:
        if not name.startswith(layer + "."):
            part.requires_grad_(True)


def unfreeze_from__order_of_the_alphabet(model, layer):
    """Names were compared as text. There "features.10" comes before "features.2", and "avgpool" before "features".
    What counts is the order of `named_modules()`."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"there is no layer {layer!r}")
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name >= layer


def unfreeze_from__layers_with_parameters_only(model, layer):
    """The layer is looked for among the parameters' names. A ReLU or a pooling layer has none, and is never found: all
    stays frozen."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"there is no layer {layer!r}")
    found = False
    for name, parameter in model.named_parameters():
        found = found or name.startswith(layer + ".")
        parameter.requires_grad = found


def unfreeze_from__no_containers(model, layer):
    """The layer is looked for among the innermost ones only, so a container such as "classifier" is never found."""
    leaves = {name: part for name, part in model.named_modules() if not list(part.children())}
    if layer not in leaves:
        raise ValueError(f"there is no layer {layer!r}")
    model.requires_grad_(False)
    for name in list(leaves)[list(leaves).index(layer) :]:
        leaves[name].requires_grad_(True)


def unfreeze_from__children_only(model, layer):
    """Only the outermost parts were looked at ("features", "layer4"). A layer inside one of them, such as
    "features.24", is not found."""
    names = [name for name, _ in model.named_children()]
    if layer not in names:
        raise ValueError(f"there is no layer {layer!r}")
    model.requires_grad_(False)
    for part in list(model.children())[names.index(layer) :]:
        part.requires_grad_(True)


def unfreeze_from__the_whole_part(model, layer):
    """The part that contains the layer was unfrozen from its beginning on. Within it, too, all before the layer is to
    be frozen."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"there is no layer {layer!r}")
    names = [name for name, _ in model.named_children()]
    model.requires_grad_(False)
    for part in list(model.children())[names.index(layer.split(".")[0]) :]:
        part.requires_grad_(True)


def unfreeze_from__silent(model, layer):
    """A name that no layer has froze everything, without a word. Raise a `ValueError` that names it: it is most likely
    a slip of the pen."""
    model.requires_grad_(False)
    found = False
    for name, part in model.named_modules():
        found = found or name == layer
        if found:
            part.requires_grad_(True)


def unfreeze_from__attribute_error(model, layer):
    """An unknown name raises an AttributeError from deep inside PyTorch. Say yourself what is wrong, with a
    `ValueError`."""
    start = model.get_submodule(layer)
    model.requires_grad_(False)
    found = False
    for part in model.modules():
        found = found or part is start
        if found:
            part.requires_grad_(True)


def unfreeze_from__modes_changed(model, layer):
    """Modes were changed, too: what is trainable is in training mode now. Change `requires_grad`, and nothing
    else."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"there is no layer {layer!r}")
    model.eval().requires_grad_(False)
    for part in list(model.modules())[names.index(layer) :]:
        part.train().requires_grad_(True)


def unfreeze_from__from_the_first_that_begins_alike(model, layer):
    """Everything from the first name on that begins like the layer's is trainable. "features.2" is the beginning of
    "features.24", too: compare whole names."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"no layer {layer}")
    reached = False
    for name, part in model.named_modules():
        reached = reached or (name != "" and layer.startswith(name) and "." in name) or name.startswith(layer)
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad = reached


def unfreeze_from__freezes_before_it_looks(model, layer):
    """The name is looked for only after everything was frozen, so a slip of the pen has frozen the whole model. Look
    first."""
    model.requires_grad_(False)
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}")
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)


def unfreeze_from__nameless(model, layer):
    """The error does not say which name was wrong. Put it into the sentence."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError("there is no such layer")
    model.requires_grad_(False)
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)


def unfreeze_from__containers_last(model, layer):
    """Freezing and unfreezing go part by part in one loop, and a container freezes or unfreezes all that is in it. So a
    container decides about its layers once more."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}")
    for i, (_, part) in reversed(list(enumerate(model.named_modules()))):
        part.requires_grad_(i >= names.index(layer))


def unfreeze_from__weights_only(model, layer):
    """Biases stayed as they were. A layer's parameters are its weight and its bias."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}")
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            parameter.requires_grad = names.index(name.rpartition(".")[0]) >= names.index(layer)


def unfreeze_from__without_batch_norm(model, layer):
    """Batch norm stayed frozen after the layer, too. That is a good idea for small batches, but the text
    says otherwise: all parameters from the layer on are trainable."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}")
    model.requires_grad_(False)
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.requires_grad_(False)


def unfreeze_from__gradients_cleared(model, layer):
    """The gradients are gone. Change `requires_grad` and nothing else."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}")
    model.requires_grad_(False)
    model.zero_grad()
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)


def unfreeze_from__parameters_without_a_layer(model, layer):
    """A parameter that belongs to the model itself and to none of its layers stayed trainable. Freeze everything first:
    `model.requires_grad_(False)`."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}")
    for part in model.children():
        part.requires_grad_(False)
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)


# ---- find_learning_rate ----


def find_learning_rate__even_steps(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The rates are evenly spaced, so that nearly all are close to the highest, and none is small. Each is the one
    before times the same factor."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.linspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__highest_never_reached(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """The last rate is below `highest`: from the first of `steps` rates to the last there are `steps - 1`
    intervals."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps + 1)[:steps].tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__loss_after_the_step(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The loss was measured after the step. Noted is that of the batch before it."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        rates.append(rate)
        losses.append(loss_fn(model(images), labels).item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__rate_set_after_the_step(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """The rate was set after the step, so each step has the rate of the one before, and the first the one that the
    optimiser came with."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] = rate
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__first_group_only(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Only the first parameter group got the rate. There may be several, one for the head and one for the backbone."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__no_zero_grad(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The gradients of all steps were added up. Clear them before each `backward`."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__cleared_after_the_step(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """The gradients are cleared after each step only, so what was left from before goes into the first one. Clear them
    before `backward`."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__loader_once(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """When the loader was through, the search was over. Begin with it again, until there were `steps` steps."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), loader, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__first_batch_only(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Every step took the first batch: `iter(loader)` begins anew each time. Keep the iterator until it is through."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (next(iter(loader)) for _ in range(steps))
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__no_early_end(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The search goes on after the loss has exploded. Nothing can be learnt from what comes then, and the plot is all
    explosion."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__nan_goes_on(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """A loss that is not a number did not end the search: every comparison with nan is False. Ask for it by itself."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__compared_with_the_first(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """The loss was compared with the first one. It falls before it explodes: compare with the smallest so far."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * losses[0]:
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__exploded_one_left_out(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """The loss that ended the search is missing. It is noted, too."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        if not np.isfinite(loss.item()) or loss.item() > 4 * min(losses, default=float("inf")):
            break
        rates.append(rate)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__aliased_state(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The model keeps the weights of the last, far too large steps. `state_dict()` gives no copy but the tensors
    themselves, which training goes on changing: what you put back is what is already there."""
    before = model.state_dict(), copy.deepcopy(optimizer.state_dict())
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__parameters_only(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The weights are back, but batch norm's running averages are not: they are buffers, no parameters."""
    before = [p.detach().clone() for p in model.parameters()], copy.deepcopy(optimizer.state_dict())
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), before[0], strict=True):
            parameter.copy_(value)
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__rate_stays_high(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The optimiser keeps the last rate, and training would begin with it."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    now = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({**before[1], "param_groups": now})
    return rates, losses


def find_learning_rate__momentum_stays(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The rates are back, but the optimiser's momentum is not: its first real step would follow the explosion."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    for group, old in zip(optimizer.param_groups, before[1]["param_groups"], strict=True):
        group["lr"] = old["lr"]
    return rates, losses


def find_learning_rate__optimizer_aliased(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """`optimizer.state_dict()` gives no copy of the momentum but the tensors themselves, which go on changing. Copy
    it."""
    before = copy.deepcopy(model.state_dict()), optimizer.state_dict()
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__smoothed(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """These losses are smoothed, as some libraries do it. Return each batch's loss as it is."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item() if not losses else 0.9 * losses[-1] + 0.1 * loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__sets_training_mode(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The model was put into training mode, its frozen backbone, too. Modes stay as they are: whoever trains has set
    them."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    model.train()
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__tensors(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The losses are tensors, each with the graph of its batch. Return plain floats: `.item()`."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses = [], []
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss)
        if not torch.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__every_batch_kept(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The loader was gone through once, and its batches used again and again: a list or `itertools.cycle` keeps them. A
    loader that shuffles gives another order each time, and memory runs full."""
    saved, rates, losses = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], []
    device = next(model.parameters()).device
    kept = list(loader)
    for i in range(steps):
        images, labels = (tensor.to(device) for tensor in kept[i % len(kept)])
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__batches_not_moved(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The batches were not moved to the device of the model. On a CPU nobody notices; with the model on a GPU it stops
    at the first batch."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = batch
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__labels_not_moved(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The images were moved to the device of the model, the labels were not. The loss needs both in one place."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = batch[0].to(device), batch[1]
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__undone_only_at_the_end(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """Where the search ends early, nothing is put back: the function returns before it comes to that."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            return rates, losses
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__from_four_times_on(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """A loss of exactly 4 times the smallest ended the search. It ends where a loss is more than that."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or (i > 0 and losses[-1] >= 4 * min(losses)):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__compared_with_the_loss_before(
    model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100
):
    """The loss was compared with the one before it. Compare with the smallest so far."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * losses[max(i - 1, 0)]:
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__ends_at_any_rise(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The search ended where the loss rose a little. One batch is harder than the next: it ends above 4 times
    the smallest."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 1.5 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__cross_entropy_always(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The loss is always the cross-entropy. Use `loss_fn`, which the caller has given."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__running_mean(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """This is the mean of the losses so far. Note the loss of each batch."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(((sum(losses) / len(losses)) * i + loss.item()) / (i + 1) if losses else loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__one_step_too_many(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """There is one step more than there should be. `steps` is the number of all steps."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    steps = steps + 1
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 2)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__no_step(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The optimiser never made a step, so that the losses are those of an untouched model."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__eval_mode(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The model was put into eval mode for the trial, and back. Its modes stay as they are throughout: batch norm
    does what it does in training."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    for part, mode in modes:
        part.training = mode
    return rates, losses


def find_learning_rate__infinite_first_loss(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """An infinite loss did not end the search where it was the first one: nothing is more than 4 times infinity. Ask
    whether it is finite."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if losses[-1] != losses[-1] or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__arrays(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """These are NumPy arrays. Return two lists of floats."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return np.array(rates), np.array(losses)


def find_learning_rate__downwards(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The rates run from the highest to the lowest. Begin with the lowest."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(highest * (lowest / highest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates, losses


def find_learning_rate__swapped(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """The two lists have changed places: first the rates, then the losses."""
    saved, rates, losses, batches = copy.deepcopy((model.state_dict(), optimizer.state_dict())), [], [], iter(())
    device = next(model.parameters()).device
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return losses, rates


# ---- suggest_learning_rate ----


def suggest_learning_rate__lowest_loss(rates, losses):
    """This is the rate with the lowest loss. There it no longer falls: the next larger rate makes it rise. Look for
    where it falls fastest."""
    losses = np.asarray(losses, dtype=float)
    return float(rates[int(np.nanargmin(np.where(np.isfinite(losses), losses, np.nan)))])


def suggest_learning_rate__tenth_of_the_lowest(rates, losses):
    """This is a tenth of the rate with the lowest loss, a rule of thumb. Look for where the loss falls fastest."""
    losses = np.asarray(losses, dtype=float)
    return float(rates[int(np.nanargmin(np.where(np.isfinite(losses), losses, np.nan)))]) / 10


def suggest_learning_rate__against_the_rate(rates, losses):
    """The slope is that against the rate itself. The smallest rates lie so close together that any noise among them is
    steeper than the real fall: use the logarithm."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[np.gradient(losses, rates).argmin()])


def suggest_learning_rate__against_the_step(rates, losses):
    """The slope is that against the number of the step. If the rates are not evenly spaced, that is another one: give
    `np.gradient` the logarithms, too."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[np.gradient(losses).argmin()])


def suggest_learning_rate__rises_fastest(rates, losses):
    """Here the loss *rises* fastest: that slope is the largest, not the smallest."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[np.gradient(losses, np.log(rates)).argmax()])


def suggest_learning_rate__steepest_either_way(rates, losses):
    """The sign of the slope was dropped, so the steepest rise counts as well as the steepest fall."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[np.abs(np.gradient(losses, np.log(rates))).argmax()])


def suggest_learning_rate__flattest(rates, losses):
    """This is where the slope is nearest to 0: there the loss changes least."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[np.abs(np.gradient(losses, np.log(rates))).argmin()])


def suggest_learning_rate__difference(rates, losses):
    """`np.diff` gives the slope between two rates, not at one, and is one shorter. `np.gradient` looks to both
    sides."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[(np.diff(losses) / np.diff(np.log(rates))).argmin()])


def suggest_learning_rate__not_finite(rates, losses):
    """A loss that is not finite spoils the slopes beside it: `argmin` takes a nan for the smallest. Leave such pairs
    out."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    return float(rates[np.gradient(losses, np.log(rates)).argmin()])


def suggest_learning_rate__index_shifted(rates, losses):
    """The losses that are not finite were left out, their rates were not. Behind the gap, every loss has another one's
    rate."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    losses = losses[np.isfinite(losses)]
    return float(rates[np.gradient(losses, np.log(rates[: len(losses)])).argmin()])


def suggest_learning_rate__without_the_ends(rates, losses):
    """The first and the last rate were left out. `np.gradient` knows a slope there, too."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[1:-1][np.gradient(losses, np.log(rates))[1:-1].argmin()])


def suggest_learning_rate__index(rates, losses):
    """This is the place in the list. Return the rate that stands there."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(np.gradient(losses, np.log(rates)).argmin())


def suggest_learning_rate__logarithm(rates, losses):
    """This is the logarithm of the rate. Return the rate itself."""
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(np.log(rates)[np.gradient(losses, np.log(rates)).argmin()])


def suggest_learning_rate__last_of_equals(rates, losses):
    """Where several rates share the smallest slope you took the last. Take the first."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    kept = np.isfinite(losses)
    slopes = np.gradient(losses[kept], np.log(rates[kept]))
    return float(rates[kept][np.flatnonzero(slopes == slopes.min())[-1]])


def suggest_learning_rate__logarithm_of_the_loss(rates, losses):
    """The slope is that of the loss's logarithm. Only the rates' axis is logarithmic."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    kept = np.isfinite(losses)
    return float(rates[kept][np.gradient(np.log(losses[kept]), np.log(rates[kept])).argmin()])


def suggest_learning_rate__up_to_the_lowest(rates, losses):
    """Only the rates before the lowest loss were looked at, and its own slope is another one without what comes after.
    Look at the whole curve."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    end = max(2, int(losses.argmin()) + 1)
    return float(rates[:end][np.gradient(losses[:end], np.log(rates[:end])).argmin()])


def suggest_learning_rate__as_a_library_does(rates, losses):
    """The first ten and the last five rates were skipped, as a well-known library does. Look at all."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    if len(rates) > 17:
        rates, losses = rates[10:-5], losses[10:-5]
    return float(rates[np.gradient(losses, np.log(rates)).argmin()])


def suggest_learning_rate__smoothed(rates, losses):
    """The losses were smoothed first, which moves the steepest place. Take them as they are."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    means = [losses[0]]
    for loss in losses[1:]:
        means.append(0.7 * means[-1] + 0.3 * loss)
    return float(rates[np.gradient(np.array(means), np.log(rates)).argmin()])


def suggest_learning_rate__computed_anew(rates, losses):
    """The rate was computed back from its logarithm, and its last digits differ. Return the one from the list."""
    logs, losses = np.log10(np.asarray(rates)), np.asarray(losses)
    kept = np.isfinite(losses)
    return float(10 ** logs[kept][np.gradient(losses[kept], logs[kept]).argmin()] * (1 + 1e-12))


def suggest_learning_rate__nan_only(rates, losses):
    """Losses that are nan were left out, infinite ones were not. Leave out both: `np.isfinite`."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    kept = ~np.isnan(losses)
    with np.errstate(all="ignore"):
        return float(rates[kept][np.nanargmin(np.gradient(losses[kept], np.log(rates[kept])))])


def suggest_learning_rate__up_to_the_first_gap(rates, losses):
    """Everything after the first loss that is not finite was left out. Leave out such pairs, and no others."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    bad = np.flatnonzero(~np.isfinite(losses))
    end = bad[0] if len(bad) and bad[0] > 1 else len(losses)
    rates, losses = rates[:end], losses[:end]
    kept = np.isfinite(losses)
    return float(rates[kept][np.gradient(losses[kept], np.log(rates[kept])).argmin()])


def suggest_learning_rate__gaps_filled(rates, losses):
    """Losses that are not finite were filled in with other numbers, which have slopes, too. Leave such pairs out."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    losses = np.where(np.isfinite(losses), losses, losses[np.isfinite(losses)].max())
    return float(rates[np.gradient(losses, np.log(rates)).argmin()])


def suggest_learning_rate__lists_changed(rates, losses):
    """The result is right, but the caller's lists have become shorter. Work on copies."""
    for i in reversed(range(len(losses))):
        if not np.isfinite(losses[i]):
            del losses[i], rates[i]
    return float(rates[int(np.gradient(losses, np.log(rates)).argmin())])


def suggest_learning_rate__before_the_step(rates, losses):
    """The slopes were found, but the rate is one place too early."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    kept = np.isfinite(losses)
    place = int(np.gradient(losses[kept], np.log(rates[kept])).argmin())
    return float(rates[kept][max(place - 1, 0)])


def suggest_learning_rate__a_tensor(rates, losses):
    """This is a tensor or an array with one number. Return a plain float."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    kept = np.isfinite(losses)
    return torch.tensor(rates[kept][np.gradient(losses[kept], np.log(rates[kept])).argmin()])


# ---- most_confused ----


def most_confused__transposed(matrix, categories, count):
    """Actual and predicted have changed places: a row is what an image shows, a column what it was taken for."""
    pairs = [
        (categories[j], categories[i], int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__diagonal(matrix, categories, count):
    """The most frequent entries are on the diagonal: these are the ones that were recognised."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__zeros(matrix, categories, count):
    """Pairs that were never confused are in the list. Let it end where the mistakes end."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__both_directions(matrix, categories, count):
    """The two directions were added up. A cat taken for a dog is another mistake than a dog taken for a cat."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j] + matrix[j, i]))
        for i in range(len(categories))
        for j in range(i + 1, len(categories))
        if matrix[i, j] + matrix[j, i] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__ascending(matrix, categories, count):
    """The rarest mistakes come first. Return the most frequent ones."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: pair[2])[:count]


def most_confused__ties_reversed(matrix, categories, count):
    """Equally frequent mistakes are in the wrong order: to sort upwards and then turn the list around turns them
    around, too."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: pair[2])[::-1][:count]


def most_confused__ties_by_column(matrix, categories, count):
    """Equally frequent mistakes come column by column. Keep the order of the matrix, row by row."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for j in range(len(categories))
        for i in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__per_row(matrix, categories, count):
    """Only the most frequent mistake of each row is there. Two of the worst may be in one row."""
    pairs = []
    for i, row in enumerate(matrix.tolist()):
        others = [(times, -j) for j, times in enumerate(row) if i != j and times > 0]
        if others:
            times, j = max(others)
            pairs.append((categories[i], categories[-j], times))
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__count_ignored(matrix, categories, count):
    """All mistakes came back. Return the `count` most frequent ones."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def most_confused__numbers_for_names(matrix, categories, count):
    """These are numbers of rows and columns. Return the names, which `categories` has."""
    pairs = [
        (i, j, int(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__tensors(matrix, categories, count):
    """The counts are tensors of one number each. Return plain integers: `int(…)` or `.tolist()`."""
    pairs = [
        (categories[i], categories[j], matrix[i, j])
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__shares(matrix, categories, count):
    """These are shares of each row, which also changes their order. Return counts."""
    matrix = matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)
    pairs = [
        (categories[i], categories[j], float(matrix[i, j]))
        for i in range(len(categories))
        for j in range(len(categories))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__matrix_changed(matrix, categories, count):
    """The result is right, but the caller's matrix has lost its diagonal: `fill_diagonal_` writes into it. Work on a
    copy."""
    matrix.fill_diagonal_(0)
    order = matrix.flatten().argsort(descending=True, stable=True)[:count].tolist()
    places = [(place // len(categories), place % len(categories)) for place in order]
    return [(categories[i], categories[j], int(matrix[i, j])) for i, j in places if matrix[i, j] > 0]


def most_confused__ties_by_name(matrix, categories, count):
    """Equally frequent mistakes are in the order of their names. Keep the order of the matrix."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))[:count]


def most_confused__upper_half(matrix, categories, count):
    """Only pairs above the diagonal are there. A dog taken for a cat stands below it."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(matrix))
        for j in range(i + 1, len(matrix))
        if matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__more_than_once(matrix, categories, count):
    """Mistakes that happened once are missing. Only those that never happened do not belong in the list."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and matrix[i, j] > 1
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__cut_too_early(matrix, categories, count):
    """First you took the largest entries, and then you removed what is no mistake. So the list is too short: remove
    first."""
    values, places = matrix.flatten().sort(descending=True, stable=True)
    n, pairs = len(matrix), []
    for value, place in list(zip(values.tolist(), places.tolist(), strict=True))[:count]:
        if value > 0 and place // n != place % n:
            pairs.append((categories[place // n], categories[place % n], value))
    return pairs


def most_confused__single_precision(matrix, categories, count):
    """The counts were made floats of 32 bits, which know whole numbers only up to 16,777,216."""
    wrong = matrix.float() * (1 - torch.eye(len(matrix)))
    values, places = wrong.flatten().sort(descending=True, stable=True)
    n = len(matrix)
    pairs = [
        (categories[p // n], categories[p % n], int(v)) for v, p in zip(values.tolist(), places.tolist(), strict=True)
    ]
    return [pair for pair in pairs if pair[2] > 0][:count]


def most_confused__floats(matrix, categories, count):
    """How often is a whole number here, but a float. Make an int of it."""
    pairs = [
        (categories[i], categories[j], float(matrix[i, j]))
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__array_numbers(matrix, categories, count):
    """How often is a NumPy number here. Return a plain int: `int(…)` or `.tolist()`."""
    table = matrix.numpy()
    pairs = [(categories[i], categories[j], table[i, j]) for i, j in np.argwhere(table) if i != j]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__squeezed(matrix, categories, count):
    """`squeeze()` removes every axis of length 1, so that a single mistake is no list any more."""
    wrong = matrix.clone().fill_diagonal_(0)
    places = wrong.nonzero().squeeze()
    pairs = [(categories[i], categories[j], int(wrong[i, j])) for i, j in places.tolist()]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__one_too_many(matrix, categories, count):
    """There is one pair too many. Return at most `count`."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[: count + 1]


def most_confused__a_dict(matrix, categories, count):
    """This is a dict. Return a list of triples."""
    pairs = {
        (categories[i], categories[j]): int(matrix[i, j])
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and matrix[i, j] > 0
    }
    return dict(sorted(pairs.items(), key=lambda pair: -pair[1])[:count])


def most_confused__until_the_first_zero(matrix, categories, count):
    """Each row was read only up to its first zero. Skip a zero, and go on."""
    pairs = []
    for i, row in enumerate(matrix.tolist()):
        for j, times in enumerate(row):
            if times == 0:
                break
            if i != j:
                pairs.append((categories[i], categories[j], times))
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


# ---- predict_with_mirror ----


def predict_with_mirror__mean_of_logits(model, images):
    """The logits were averaged, and the softmax taken of that. Return the mean of the probabilities: first the
    softmax."""
    with torch.no_grad():
        model = copy.deepcopy(model).eval()
        return ((model(images) + model(images.flip(3))) / 2).softmax(dim=1)


def predict_with_mirror__logits(model, images):
    """These are logits. The softmax makes probabilities of them, before the mean is taken."""
    with torch.no_grad():
        model = copy.deepcopy(model).eval()
        return (model(images) + model(images.flip(3))) / 2


def predict_with_mirror__upside_down(model, images):
    """The images stand on their heads: axis 2 is the height. A mirror swaps left and right."""
    with torch.no_grad():
        model = copy.deepcopy(model).eval()
        return (model(images).softmax(dim=1) + model(images.flip(2)).softmax(dim=1)) / 2


def predict_with_mirror__colours(model, images):
    """Axis 1 holds the colours: red and blue have changed places. A mirror swaps left and right."""
    with torch.no_grad():
        model = copy.deepcopy(model).eval()
        return (model(images).softmax(dim=1) + model(images.flip(1)).softmax(dim=1)) / 2


def predict_with_mirror__batch(model, images):
    """Axis 0 is the batch: the first image got the last one's opinion. A mirror swaps left and right."""
    with torch.no_grad():
        model = copy.deepcopy(model).eval()
        return (model(images).softmax(dim=1) + model(images.flip(0)).softmax(dim=1)) / 2


def predict_with_mirror__mirror_only(model, images):
    """Only the mirror image was asked about. Its answer is as good as the other, and the mean is better than both."""
    with torch.no_grad():
        return copy.deepcopy(model).eval()(images.flip(3)).softmax(dim=1)


def predict_with_mirror__sum(model, images):
    """The two were added, and not divided by 2: the results of an image add up to 2."""
    with torch.no_grad():
        model = copy.deepcopy(model).eval()
        return model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)


def predict_with_mirror__mean_of_images(model, images):
    """Image and mirror image were averaged into one, with a ghost of the bird on both sides. Ask about each, and
    average the answers."""
    with torch.no_grad():
        return copy.deepcopy(model).eval()((images + images.flip(3)) / 2).softmax(dim=1)


def predict_with_mirror__twice_as_many(model, images):
    """There are two rows for each image: its own and its mirror image's. Return one, the mean of both."""
    with torch.no_grad():
        return copy.deepcopy(model).eval()(torch.cat([images, images.flip(3)])).softmax(dim=1)


def predict_with_mirror__training_mode(model, images):
    """The model was not put into eval mode: dropout drops, and batch norm takes and stores the statistics of these
    images."""
    with torch.no_grad():
        return (model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)) / 2


def predict_with_mirror__stays_in_eval(model, images):
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    model.eval()
    with torch.no_grad():
        return (model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)) / 2


def predict_with_mirror__one_mode_for_all(model, images):
    """`train(mode)` sets all parts alike: one that was kept in eval mode on purpose is in training mode now. Note the
    mode of each."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        mean = (model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)) / 2
    model.train(mode)
    return mean


def predict_with_mirror__gradients(model, images):
    """The probabilities carry a graph, and with it all that was computed on the way. `eval()` does not prevent
    that."""
    model = copy.deepcopy(model).eval()
    return (model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)) / 2


def predict_with_mirror__geometric_mean(model, images):
    """The logarithms of the probabilities were averaged. Average the probabilities themselves."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return ((twin(images).log_softmax(1) + twin(images.flip(3)).log_softmax(1)) / 2).exp()


def predict_with_mirror__larger_one(model, images):
    """This is the larger of the two probabilities. Return their mean."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return torch.maximum(twin(images).softmax(1), twin(images.flip(3)).softmax(1))


def predict_with_mirror__classes(model, images):
    """These are the numbers of the most probable classes. Return the mean probabilities, a row for each image."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return ((twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2).argmax(1)


def predict_with_mirror__turned(model, images):
    """The images were turned by 180 degrees: both axes are reversed. A mirror reverses one, left and right."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return (twin(images).softmax(1) + twin(images.flip(2, 3)).softmax(1)) / 2


def predict_with_mirror__transposed(model, images):
    """Rows and columns have changed places. A mirror keeps rows rows, and reverses each."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return (twin(images).softmax(1) + twin(images.transpose(2, 3)).softmax(1)) / 2


def predict_with_mirror__over_the_images(model, images):
    """The softmax runs over the images of the batch. The probabilities of one image add up to 1: the other axis."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return (twin(images).softmax(0) + twin(images.flip(3)).softmax(0)) / 2


def predict_with_mirror__exp_overflows(model, images):
    """`exp` of a large logit is infinite, and infinity divided by infinity is nan. `softmax` subtracts the largest
    logit first."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        one, other = twin(images).exp(), twin(images.flip(3)).exp()
    return (one / one.sum(1, keepdim=True) + other / other.sum(1, keepdim=True)) / 2


def predict_with_mirror__squeezed(model, images):
    """`squeeze()` removes every axis of length 1, also that of a single image. The result is (N, classes) for N = 1,
    too."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return ((twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2).squeeze()


def predict_with_mirror__not_mirrored(model, images):
    """The same images were asked about twice. `flip` returns a new tensor and changes nothing in place."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        one = twin(images).softmax(1)
        images.flip(3)
        return (one + twin(images).softmax(1)) / 2


def predict_with_mirror__shifted(model, images):
    """The columns were moved on by one place, not reversed. That is `roll`; a mirror is `flip`."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return (twin(images).softmax(1) + twin(images.roll(1, 3)).softmax(1)) / 2


def predict_with_mirror__images_changed(model, images):
    """The caller's images are mirrored afterwards. Work on a copy."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        one = twin(images).softmax(1)
        images.copy_(images.flip(3))
        return (one + twin(images).softmax(1)) / 2


def predict_with_mirror__gradients_off_for_good(model, images):
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""
    twin = copy.deepcopy(model).eval()
    torch.set_grad_enabled(False)
    return (twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2


def predict_with_mirror__detached_late(model, images):
    """All that a gradient would need was stored on the way, and thrown away at the end. Ask under
    `torch.no_grad()`."""
    twin = copy.deepcopy(model).eval()
    return ((twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2).detach()


def predict_with_mirror__list(model, images):
    """This is a list of numbers. Return a tensor."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return ((twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2).tolist()


# ---- filters ----


def filters__per_filter(model, layer):
    """Every filter has a scale of its own, so a filter that hardly does anything looks as strong as all others. There
    is one scale for the whole layer."""
    weight = model.get_submodule(layer).weight.detach()
    low, high = weight.amin(dim=(1, 2, 3), keepdim=True), weight.amax(dim=(1, 2, 3), keepdim=True)
    return (weight - low) / torch.where(high > low, high - low, 1.0)


def filters__per_channel(model, layer):
    """Every channel has a scale of its own, which changes the colours. There is one scale for the whole layer."""
    weight = model.get_submodule(layer).weight.detach()
    low, high = weight.amin(dim=(0, 2, 3), keepdim=True), weight.amax(dim=(0, 2, 3), keepdim=True)
    return (weight - low) / torch.where(high > low, high - low, 1.0)


def filters__divided_by_zero(model, layer):
    """Where all weights are the same, largest minus smallest is 0, and 0 / 0 is not a number. Such a layer becomes all
    0."""
    weight = model.get_submodule(layer).weight.detach()
    return (weight - weight.min()) / (weight.max() - weight.min())


def filters__constant_is_kept(model, layer):
    """If all weights are the same they were left as they are. They become 0: there is nothing to see."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return (weight - weight.min()) / span if span > 0 else weight.clone()


def filters__large_epsilon(model, layer):
    """A small number was added to the span to avoid 0 / 0. Next to small weights it is not small: the largest no
    longer becomes 1."""
    weight = model.get_submodule(layer).weight.detach()
    return (weight - weight.min()) / (weight.max() - weight.min() + 1e-5)


def filters__weights_changed(model, layer):
    """The picture is right, and the network is spoilt: `-=` and `/=` wrote into its weights, since `.data` and
    `.detach()` are no copies."""
    weight = model.get_submodule(layer).weight.data
    weight -= weight.min()
    weight /= weight.max() if weight.max() > 0 else 1
    return weight


def filters__not_detached(model, layer):
    """The result hangs on to the model's graph unless the layer happens to be frozen. Detach it."""
    weight = model.get_submodule(layer).weight
    span = weight.max() - weight.min()
    return (weight - weight.min()) / (span if span > 0 else 1)


def filters__by_the_largest(model, layer):
    """The weights were divided by the largest absolute value: they lie between -1 and 1, and negative ones cannot be
    shown."""
    weight = model.get_submodule(layer).weight.detach()
    return weight / weight.abs().max().clamp(min=1e-30)


def filters__clipped(model, layer):
    """What is below 0 or above 1 was cut off. Every negative weight looks the same then; scale them."""
    return model.get_submodule(layer).weight.detach().clamp(0, 1)


def filters__standardised(model, layer):
    """Mean 0 and deviation 1 is another scale. The smallest weight becomes 0 and the largest 1."""
    weight = model.get_submodule(layer).weight.detach()
    return (weight - weight.mean()) / weight.std().clamp(min=1e-30)


def filters__for_matplotlib(model, layer):
    """The channels have moved to the end, as matplotlib wants it. Return (F, C, kh, kw)."""
    weight = model.get_submodule(layer).weight.detach().permute(0, 2, 3, 1)
    span = weight.max() - weight.min()
    return (weight - weight.min()) / (span if span > 0 else 1)


def filters__by_number(model, layer):
    """The layer was looked for by its number in `features`. Other networks have other names, and layers inside layers:
    `get_submodule` knows them all."""
    weight = model.features[int(layer.split(".")[1])].weight.detach()
    span = weight.max() - weight.min()
    return (weight - weight.min()) / (span if span > 0 else 1)


def filters__tiny_epsilon(model, layer):
    """A small number was added to the span to avoid 0 / 0. Next to tiny weights it is large: the largest no longer
    becomes 1."""
    weight = model.get_submodule(layer).weight.detach()
    return (weight - weight.min()) / (weight.max() - weight.min() + 1e-8)


def filters__nearly_the_same(model, layer):
    """Weights that differ little were taken for equal, and became 0. However small the span: 0 to 1."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return (weight - weight.min()) / span if span > 1e-6 else torch.zeros_like(weight)


def filters__bytes(model, layer):
    """The numbers go from 0 to 255. Return numbers from 0 to 1."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return 255 * (weight - weight.min()) / (span if span > 0 else 1)


def filters__from_minus_one(model, layer):
    """The numbers go from -1 to 1. Return numbers from 0 to 1."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return 2 * (weight - weight.min()) / span - 1 if span > 0 else torch.zeros_like(weight)


def filters__absolute_values(model, layer):
    """The signs are gone: a large negative weight looks like a large positive one. Scale the weights themselves."""
    weight = model.get_submodule(layer).weight.detach().abs()
    span = weight.max() - weight.min()
    return (weight - weight.min()) / (span if span > 0 else 1)


def filters__divided_by_the_largest(model, layer):
    """The smallest weight was subtracted, and the result divided by the largest weight. Divide by the largest minus the
    smallest."""
    weight = model.get_submodule(layer).weight.detach()
    if weight.max() == weight.min():
        return torch.zeros_like(weight)
    return (weight - weight.min()) / weight.max()


def filters__first_channel(model, layer):
    """Only the first channel of each filter is there. Return all of them: (F, C, kh, kw)."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return ((weight - weight.min()) / (span if span > 0 else 1))[:, 0]


def filters__softmax(model, layer):
    """The numbers were squeezed through a curve, which changes their distances. The scale is linear."""
    weight = model.get_submodule(layer).weight.detach()
    return weight.sigmoid()


def filters__constant_is_one(model, layer):
    """If all weights are the same, all became 1. They become 0."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return (weight - weight.min()) / span if span > 0 else torch.ones_like(weight)


def filters__reversed(model, layer):
    """The scale is turned around: the largest weight became 0 and the smallest 1."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return (weight.max() - weight) / (span if span > 0 else 1)


def filters__frozen(model, layer):
    """The layer is frozen afterwards: `requires_grad_(False)` changes the model's own parameter. Detach instead."""
    weight = model.get_submodule(layer).weight.requires_grad_(False)
    span = weight.max() - weight.min()
    return (weight - weight.min()) / (span if span > 0 else 1)


def filters__with_the_bias(model, layer):
    """The layer's bias helped to set the scale. Only the weights count."""
    part = model.get_submodule(layer)
    weight = part.weight.detach()
    both = weight.flatten() if part.bias is None else torch.cat([weight.flatten(), part.bias.detach()])
    span = both.max() - both.min()
    return (weight - both.min()) / (span if span > 0 else 1)


def filters__array(model, layer):
    """This is a NumPy array. Return a tensor."""
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return ((weight - weight.min()) / (span if span > 0 else 1)).numpy()


def filters__as_they_are(model, layer):
    """These are the weights as they are. Scale them to 0 … 1."""
    return model.get_submodule(layer).weight.detach().clone()


def filters__kernel_by_kernel(model, layer):
    """Every channel of every filter has a scale of its own. There is one scale for the whole layer."""
    weight = model.get_submodule(layer).weight.detach()
    low, high = weight.amin(dim=(2, 3), keepdim=True), weight.amax(dim=(2, 3), keepdim=True)
    return torch.nan_to_num((weight - low) / (high - low))


# ---- feature_maps ----


def feature_maps__changed_in_place(model, image):
    """An in-place ReLU behind the layer wrote into the map that you kept: it has no negative numbers any more.
    `detach` and an index make no copies."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].detach()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__dense_layers_too(model, image):
    """Dense layers are in the dict, too. Return convolutions and max-pooling layers."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d, nn.Linear)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__activations_too(model, image):
    """The ReLUs are in the dict, too. Return convolutions and max-pooling layers."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d, nn.ReLU)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__all_layers(model, image):
    """Every layer is in the dict. Return convolutions and max-pooling layers."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if not list(part.children()):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__convolutions_only(model, image):
    """The max-pooling layers are missing: return them and the convolutions."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, nn.Conv2d):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__after_the_activation(model, image):
    """Each convolution's map is what its ReLU made of it. Return what the convolution itself gives out."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].relu()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__batch_axis(model, image):
    """The batch axis is still there. One image has maps of shape (C, H, W)."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output.clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__order_of_the_list(model, image):
    """The dict has the order of `named_modules()`, in which the layers were made. Return the order in which they
    run."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return {name: maps[name] for name, _ in model.named_modules() if name in maps}


def feature_maps__gradients(model, image):
    """The maps carry a graph, and with it all that was computed. `eval()` does not prevent that."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    model(image[None])
    return maps


def feature_maps__training_mode(model, image):
    """The model was not put into eval mode: batch norm took the statistics of this one image."""
    maps, model = {}, copy.deepcopy(model)
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__late_names(model, image):
    """All hooks wrote under the same name: a function made in a loop looks `name` up when it is called, and then the
    loop is over."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output: maps.update({name: output[0].clone()}))  # noqa: B023
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__features_by_hand(model, image):
    """Only the layers of `features` were run, one after the other. Other networks have branches, and layers inside
    layers: let the model run itself."""
    maps, x = {}, image[None]
    with torch.no_grad():
        for name, layer in copy.deepcopy(model).eval().features.named_children():
            x = layer(x)
            if isinstance(layer, (nn.Conv2d, nn.MaxPool2d)):
                maps[f"features.{name}"] = x[0].clone()
    return maps


def feature_maps__hooks_stay(model, image):
    """The hooks are still there afterwards. Everyone who uses the model from now on pays for them:
    `handle.remove()`."""
    maps, modes = {}, [(part, part.training) for part in model.modules()]
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    try:
        with torch.no_grad():
            model.eval()(image[None])
    finally:
        for part, mode in modes:
            part.training = mode
    return maps


def feature_maps__hooks_stay_after_an_error(model, image):
    """Where the model raises an error, the hooks stay. What has to happen in any case belongs into `finally`."""
    maps, handles, modes = {}, [], [(part, part.training) for part in model.modules()]
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            hook = part.register_forward_hook(lambda _, i, output, name=name: maps.update({name: output[0].clone()}))
            handles.append(hook)
    try:
        with torch.no_grad():
            model.eval()(image[None])
    finally:
        for part, mode in modes:
            part.training = mode
    for handle in handles:
        handle.remove()
    return maps


def feature_maps__stays_in_eval(model, image):
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    maps, handles = {}, []
    for name, part in model.eval().named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            hook = part.register_forward_hook(lambda _, i, output, name=name: maps.update({name: output[0].clone()}))
            handles.append(hook)
    try:
        with torch.no_grad():
            model(image[None])
    finally:
        for handle in handles:
            handle.remove()
    return maps


def feature_maps__eval_after_an_error(model, image):
    """Where the model raises an error, it stays in eval mode. What has to happen in any case belongs into
    `finally`."""
    maps, handles, modes = {}, [], [(part, part.training) for part in model.modules()]
    for name, part in model.eval().named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            hook = part.register_forward_hook(lambda _, i, output, name=name: maps.update({name: output[0].clone()}))
            handles.append(hook)
    try:
        with torch.no_grad():
            model(image[None])
    finally:
        for handle in handles:
            handle.remove()
    for part, mode in modes:
        part.training = mode
    return maps


def feature_maps__names_that_resemble(model, image):
    """Layers were chosen by a part of their type's name. A transposed convolution and an adaptive pooling are other
    types: ask with `isinstance`."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if "Conv" in type(part).__name__ or "MaxPool" in type(part).__name__:
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0].detach().clone()})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__every_pooling(model, image):
    """Every kind of pooling is in the dict. Return convolutions and max-pooling layers only."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, nn.Conv2d) or "Pool" in type(part).__name__:
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0].detach().clone()})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__inputs(model, image):
    """These are the maps that go into each layer. Keep what comes out."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: inputs[0][0].detach().clone()})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__mean_over_channels(model, image):
    """The channels were averaged into one map. Keep all of them: (C, H, W)."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0].detach().mean(dim=0)})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__first_channel(model, image):
    """Only the first map of each layer is there: an index was taken once too often. Keep all channels."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0, 0].detach().clone()})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__squeezed(model, image):
    """`squeeze()` removes every axis of length 1: a layer with one filter loses its channel axis, and a map of one
    pixel its height and width."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output.squeeze().detach().clone()})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__by_type(model, image):
    """The keys are the layers' types with a number. The keys are the names of `model.named_modules()`."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for i, part in enumerate(part for part in twin.modules() if isinstance(part, (nn.Conv2d, nn.MaxPool2d))):
        part.register_forward_hook(
            lambda part, inputs, output, i=i: maps.update({f"{type(part).__name__}{i}": output[0].detach().clone()})
        )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__last_halves_of_names(model, image):
    """The keys are the last halves of the names. "0" may stand for several layers; `named_modules()` gives whole
    names."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            key = name.rpartition(".")[2]
            part.register_forward_hook(
                lambda part, inputs, output, key=key: maps.update({key: output[0].detach().clone()})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__list(model, image):
    """These are the maps without their names. Return a dict."""
    twin, maps = copy.deepcopy(model).eval(), []
    for part in twin.modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda part, inputs, output: maps.append(output[0].detach().clone()))
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__error_swallowed(model, image):
    """An error of the model was caught and kept quiet. Clean up, and let it go on."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0].detach().clone()})
            )
    try:
        with torch.no_grad():
            twin(image[None])
    except RuntimeError:
        pass
    return maps


def feature_maps__normalised(model, image):
    """Each map was scaled to 0 … 1. Keep the numbers as they are."""
    twin, maps = copy.deepcopy(model).eval(), {}

    def scaled(output):
        low, high = output.amin(dim=(1, 2), keepdim=True), output.amax(dim=(1, 2), keepdim=True)
        return (output - low) / (high - low).clamp(min=1e-12)

    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: scaled(output[0].detach())})
            )
    with torch.no_grad():
        twin(image[None])
    return maps


def feature_maps__other_hooks_removed(model, image):
    """All hooks were cleared, those of others, too. Remove your own: each has a handle."""
    modes, maps = [(part, part.training) for part in model.modules()], {}
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0].detach().clone()})
            )
    try:
        with torch.no_grad():
            model.eval()(image[None])
    finally:
        for part, mode in modes:
            part.training = mode
            part._forward_hooks.clear()
    return maps


def feature_maps__gradients_off_for_good(model, image):
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda part, inputs, output, name=name: maps.update({name: output[0].detach().clone()})
            )
    torch.set_grad_enabled(False)
    twin(image[None])
    return maps


# ---- saliency ----


def saliency__no_absolute_value(model, image, target):
    """The gradients' signs are still there. A pixel that lowers the score matters as much as one that raises it."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.amax(dim=0)


def saliency__absolute_value_late(model, image, target):
    """The maximum was taken before the absolute value: a channel with a large negative gradient loses against one with
    a small positive one."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.amax(dim=0).abs()


def saliency__sum(model, image, target):
    """The channels were added up. Take the largest of the three."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.abs().sum(dim=0)


def saliency__mean(model, image, target):
    """The channels were averaged. Take the largest of the three."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.abs().mean(dim=0)


def saliency__all_channels(model, image, target):
    """There are still three channels. Return one map: the largest of the three, pixel by pixel."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.abs()


def saliency__from_softmax(model, image, target):
    """The gradient is the probability's. That one also rises when the other classes fall, and is nearly flat where the
    network is sure: take the logit."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0].softmax(dim=0)[target], x)
    return gradient.abs().amax(dim=0)


def saliency__all_scores(model, image, target):
    """All scores were added up, so the map is the same for every class. Take the target's."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None]).sum(), x)
    return gradient.abs().amax(dim=0)


def saliency__best_class(model, image, target):
    """The score is that of the class which the network thinks best. Take the target's: the question is what speaks for
    a cat, even if the network says dog."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None]).max(), x)
    return gradient.abs().amax(dim=0)


def saliency__times_the_image(model, image, target):
    """The gradient was multiplied by the image. That is another method, in which black pixels never matter."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return (gradient * image).abs().amax(dim=0)


def saliency__normalised(model, image, target):
    """The map was scaled to 0 … 1, so maps of different classes cannot be compared any more. Leave the numbers as they
    are."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    largest = gradient.abs().amax(dim=0)
    return largest / largest.max()


def saliency__training_mode(model, image, target):
    """The model was not put into eval mode: dropout drops, and batch norm takes the statistics of this one image."""
    model, x = copy.deepcopy(model), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.abs().amax(dim=0)


def saliency__stays_in_eval(model, image, target):
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    model, x = model.eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.abs().amax(dim=0)


def saliency__one_mode_for_all(model, image, target):
    """`train(mode)` sets all parts alike: one that was kept in eval mode on purpose is in training mode now. Note the
    mode of each."""
    mode, x = model.training, image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model.eval()(x[None])[0, target], x)
    model.train(mode)
    return gradient.abs().amax(dim=0)


def saliency__gradients_left_behind(model, image, target):
    """`backward` has written gradients into all parameters, and the next training step adds to them. You need one
    gradient only: `torch.autograd.grad` gives just that."""
    modes, x = [(part, part.training) for part in model.modules()], image.clone().requires_grad_()
    model.eval()(x[None])[0, target].backward()
    for part, mode in modes:
        part.training = mode
    return x.grad.abs().amax(dim=0)


def saliency__gradients_cleared(model, image, target):
    """`zero_grad` has thrown away the gradients that the model came with. Somebody may be in the middle of a
    training."""
    modes, x = [(part, part.training) for part in model.modules()], image.clone().requires_grad_()
    model.eval()(x[None])[0, target].backward()
    model.zero_grad()
    for part, mode in modes:
        part.training = mode
    return x.grad.abs().amax(dim=0)


def saliency__marks_the_image(model, image, target):
    """The caller's image now requires a gradient, and has one. Work on a copy of it."""
    model = copy.deepcopy(model).eval()
    image.grad = None
    model(image.requires_grad_()[None])[0, target].backward()
    return image.grad.abs().amax(dim=0)


def saliency__of_the_loss(model, image, target):
    """This is the derivative of the loss, which all scores have a part in. Take the score of the class itself."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(twin(x), torch.tensor([target])), x)
    return gradient[0].abs().amax(dim=0)


def saliency__squared(model, image, target):
    """The derivatives were squared. Take their absolute values."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient[0].square().amax(dim=0)


def saliency__length(model, image, target):
    """This is the length of the derivative over the channels. Take the largest absolute value of the three."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient[0].norm(dim=0)


def saliency__batch_axis(model, image, target):
    """The batch axis is still there. The map is (H, W)."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient.abs().amax(dim=1)


def saliency__over_the_rows(model, image, target):
    """The largest value was taken over the rows, not over the channels. Axis 0 of (3, H, W) holds the channels."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient[0].abs().amax(dim=1)


def saliency__positive_only(model, image, target):
    """Negative derivatives were cut off at 0. A pixel whose darkening helps matters as much."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient[0].clamp(min=0).amax(dim=0)


def saliency__smallest(model, image, target):
    """This is the smallest of the three channels. A pixel is as important as its most important colour."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient[0].abs().amin(dim=0)


def saliency__first_channel(model, image, target):
    """Only the first channel counts here. Take the largest of the three, pixel by pixel."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient[0, 0].abs()


def saliency__squeezed(model, image, target):
    """`squeeze()` removes every axis of length 1, also that of an image of one row."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x)
    return gradient.squeeze().abs().amax(dim=0).squeeze()


def saliency__finite_steps(model, image, target):
    """The derivative was taken from a small step, which rounding spoils, and a kink inside the step, too. PyTorch gives
    it exactly."""
    twin, step = copy.deepcopy(model).eval(), 1e-3
    with torch.no_grad():
        moves = step * torch.eye(image.numel()).reshape(-1, *image.shape)
        rises = twin(image + moves)[:, target] - twin(image - moves)[:, target]
    return (rises / (2 * step)).reshape(image.shape).abs().amax(dim=0)


def saliency__freezes(model, image, target):
    """The model is frozen afterwards, whatever it was. You may freeze a copy, or put back what you found."""
    modes, x = [(part, part.training) for part in model.modules()], image.detach().clone()[None].requires_grad_()
    score = model.eval().requires_grad_(False)(x)[0, target]
    for part, mode in modes:
        part.training = mode
    (gradient,) = torch.autograd.grad(score, x)
    return gradient[0].abs().amax(dim=0)


def saliency__thaws(model, image, target):
    """The whole model is trainable afterwards: it was frozen for the question, and everything unfrozen after it. Put
    back what each parameter was."""
    modes, x = [(part, part.training) for part in model.modules()], image.detach().clone()[None].requires_grad_()
    score = model.eval().requires_grad_(False)(x)[0, target]
    model.requires_grad_(True)
    for part, mode in modes:
        part.training = mode
    (gradient,) = torch.autograd.grad(score, x)
    return gradient[0].abs().amax(dim=0)


def saliency__kept_graph(model, image, target):
    """The map has a graph of its own. Return it without gradients: no `create_graph`, or detach it."""
    twin, x = copy.deepcopy(model).eval(), image.detach().clone()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(twin(x)[0, target], x, create_graph=True)
    return gradient[0].abs().amax(dim=0) + 0 * x[0].amax(dim=0)


# ---- occlusion_map ----


def occlusion_map__sign(model, image, target, *, size, stride):
    """The sign is turned around: where covering lowers the score, the map is positive."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = model(covered[None])[0, target] - score
    return result


def occlusion_map__covered_score(model, image, target, *, size, stride):
    """These are the scores of the covered images. Return by how much the score falls."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = model(covered[None])[0, target]
    return result


def occlusion_map__no_rise(model, image, target, *, size, stride):
    """Where the score rises, you have 0. A patch that speaks against the class is worth knowing: keep the sign."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = (score - model(covered[None])[0, target]).relu()
    return result


def occlusion_map__probability(model, image, target, *, size, stride):
    """This is the fall of the probability. Where the network is sure, that hardly moves: take the logit."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0].softmax(dim=0)[target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0].softmax(dim=0)[target]
    return result


def occlusion_map__patches_stay(model, image, target, *, size, stride):
    """Each patch stays where it was when the next one is put down: in the end the whole image is covered. Begin with
    the untouched image every time."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        covered = image.clone()
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__image_changed(model, image, target, *, size, stride):
    """The caller's image was painted over: a second name is no copy."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__one_channel(model, image, target, *, size, stride):
    """Only red was covered, the patch is still to be seen in green and blue. Cover all channels."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[0, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__grey(model, image, target, *, size, stride):
    """The patch was set to 0.5. The images are normalised: there 0 is the mean colour, and 0.5 is brighter."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0.5
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__mean_of_the_image(model, image, target, *, size, stride):
    """The patch has the mean colour of this image. Return 0, the mean colour of ImageNet."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = image.mean()
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__transposed(model, image, target, *, size, stride):
    """Rows and columns have changed places: the patch goes down from row to row."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result.T


def occlusion_map__a_square_assumed(model, image, target, *, size, stride):
    """The number of columns was computed from the height. Images need not be square."""
    model = copy.deepcopy(model).eval()
    rows, columns = [(image.shape[1] - size) // stride + 1] * 2
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__stride_ignored(model, image, target, *, size, stride):
    """The patch moves by its own size each time. It moves by `stride`."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__patch_as_long_as_the_stride(model, image, target, *, size, stride):
    """The patch ends where the next one begins. It is `size` pixels long, whatever the stride."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : (i + 1) * stride, j * stride : (j + 1) * stride] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__over_the_edge(model, image, target, *, size, stride):
    """Patches that reach over the edge were counted, too. Only those that lie inside the image count."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - 1) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__last_one_missing(model, image, target, *, size, stride):
    """The last row and column are missing. From the first place to the last there are (H - size) // stride steps,
    which makes one place more."""
    model = copy.deepcopy(model).eval()
    rows, columns = (max((length - size) // stride, 1) for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__centred(model, image, target, *, size, stride):
    """The patches are centred at their places, and the first ones lie half outside. Place (i, j) is the corner at the
    top left."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                top, left = max(i * stride - size // 2, 0), max(j * stride - size // 2, 0)
                covered[:, top : i * stride + size - size // 2, left : j * stride + size - size // 2] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__training_mode(model, image, target, *, size, stride):
    """The model was not put into eval mode: dropout drops, so that the map is mostly chance."""
    model = copy.deepcopy(model)
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__stays_in_eval(model, image, target, *, size, stride):
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    model = model.eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__gradients(model, image, target, *, size, stride):
    """The map carries the graphs of all covered images, and memory runs full. Return a map without gradients."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.enable_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__black(model, image, target, *, size, stride):
    """The patch is black, which is about -2 here: the images are normalised. 0 is the mean colour, which says
    nothing."""
    twin, falls = copy.deepcopy(model).eval(), []
    black = -torch.tensor([0.485, 0.456, 0.406]) / torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = black[:, None, None]
                falls.append(twin(image[None])[0, target] - twin(covered[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__share(model, image, target, *, size, stride):
    """The fall was divided by the score. Return the difference itself."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append((score - twin(covered[None])[0, target]) / score)
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__absolute(model, image, target, *, size, stride):
    """The sign is gone: a rise looks like a fall. Return the score minus the score with the patch."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append((score - twin(covered[None])[0, target]).abs())
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__only_the_patch(model, image, target, *, size, stride):
    """Everything but the patch was covered. Cover the patch, and leave the rest."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                shown = torch.zeros_like(image)
                shown[:, top : top + size, left : left + size] = image[:, top : top + size, left : left + size]
                falls.append(score - twin(shown[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__size_and_stride_swapped(model, image, target, *, size, stride):
    """Size and stride have changed places: the patch is `size` wide and moves by `stride`."""
    size, stride = stride, size
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append(score - twin(covered[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__one_pixel_too_long(model, image, target, *, size, stride):
    """The patch is one pixel too long: a slice ends before its second number."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size + 1, left : left + size + 1] = 0
                falls.append(score - twin(covered[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__exact_fit_missing(model, image, target, *, size, stride):
    """Where a patch ends just at the edge, its place is missing: `range` ends before its second number."""
    twin, rows = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size, stride):
            rows.append([])
            for left in range(0, image.shape[2] - size, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                rows[-1].append(score - twin(covered[None])[0, target])
    return torch.tensor(rows)


def occlusion_map__best_class(model, image, target, *, size, stride):
    """The score is that of the class which the network thinks best. Take the target's."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        scores = twin(image[None])[0]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append(scores.max() - twin(covered[None])[0, scores.argmax()])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__flat(model, image, target, *, size, stride):
    """The places are in one long row. Return a map of rows and columns."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append(score - twin(covered[None])[0, target])
    return torch.stack(falls)


def occlusion_map__lists(model, image, target, *, size, stride):
    """This is a list of lists. Return a tensor."""
    twin, rows = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            rows.append([])
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                rows[-1].append(float(score - twin(covered[None])[0, target]))
    return rows


def occlusion_map__compared_in_training_mode(model, image, target, *, size, stride):
    """The untouched image was not asked about in eval mode, the covered ones were. Both belong into it."""
    twin, falls = copy.deepcopy(model), []
    with torch.no_grad():
        score = twin.train()(torch.stack([image, image]))[0, target]
        twin = copy.deepcopy(model).eval()
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append(score - twin(covered[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__gradients_off_for_good(model, image, target, *, size, stride):
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""
    torch.set_grad_enabled(False)
    twin, falls = copy.deepcopy(model).eval(), []
    score = twin(image[None])[0, target]
    for top in range(0, image.shape[1] - size + 1, stride):
        for left in range(0, image.shape[2] - size + 1, stride):
            covered = image.clone()
            covered[:, top : top + size, left : left + size] = 0
            falls.append(score - twin(covered[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


def occlusion_map__detached_late(model, image, target, *, size, stride):
    """All that a gradient would need was stored for each place, and thrown away at the end. Ask under
    `torch.no_grad()`."""
    twin, falls = copy.deepcopy(model).eval(), []
    score = twin(image[None])[0, target]
    for top in range(0, image.shape[1] - size + 1, stride):
        for left in range(0, image.shape[2] - size + 1, stride):
            covered = image.clone()
            covered[:, top : top + size, left : left + size] = 0
            falls.append(score - twin(covered[None])[0, target])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1).detach()


def occlusion_map__first_class(model, image, target, *, size, stride):
    """The score is that of class 0, whatever the target. Take the target's."""
    twin, falls = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        score = twin(image[None])[0, 0]
        for top in range(0, image.shape[1] - size + 1, stride):
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls.append(score - twin(covered[None])[0, 0])
    return torch.stack(falls).reshape(-1, (image.shape[2] - size) // stride + 1)


# ---- grad_cam ----


def grad_cam__no_relu(model, layer, image, target):
    """Negative numbers are still there: places that speak against the class. Grad-CAM shows what speaks for it."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].detach()


def grad_cam__absolute_value(model, layer, image, target):
    """Instead of a ReLU there is an absolute value: what speaks against the class looks like what speaks for it."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].abs().detach()


def grad_cam__relu_of_each_map(model, layer, image, target):
    """Each map's negative part was cut off before the sum. First add up all maps, then cut: they may speak against
    each other."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).relu().sum(dim=1)[0].detach()


def grad_cam__relu_of_the_weights(model, layer, image, target):
    """Maps with a negative weight were left out. They may speak against the class, and are part of the sum."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True).relu()
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__weights_not_averaged(model, layer, image, target):
    """Each place of a map has a weight of its own. Grad-CAM has one for each map: the mean of the gradient over height
    and width."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    return (gradient * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__weights_added_up(model, layer, image, target):
    """The gradients were added up over height and width. Take their mean."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.sum(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__mean_over_the_maps(model, layer, image, target):
    """The mean was taken over the maps, at each place. It is over height and width, for each map."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=1, keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__averaged_maps(model, layer, image, target):
    """The weighted maps were averaged. Return their sum."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).mean(dim=1)[0].relu().detach()


def grad_cam__no_weights(model, layer, image, target):
    """The maps were added up without their weights, so every class gets the same map."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    assert score.numel() == 1
    return outputs[0].sum(dim=1)[0].relu().detach()


def grad_cam__from_softmax(model, layer, image, target):
    """The gradient is the probability's. Where the network is sure that one is nearly 0, and all classes have a part
    in it: take the logit."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0].softmax(dim=0)[target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__best_class(model, layer, image, target):
    """The score is that of the class which the network thinks best. Take the target's: the question may be what speaks
    for a cat where the network says dog."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_()).max()
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__changed_in_place(model, layer, image, target):
    """The ReLU behind the layer works in place: the maps that you kept, and their gradients, are those after it."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__maps_after_the_relu(model, layer, image, target):
    """The gradients are right, but the maps are not: the ReLU behind the layer has written into them in the
    meantime."""
    model, outputs, gradients = copy.deepcopy(model).eval(), [], []

    def keep(part, inputs, output):
        outputs.append(output.detach())
        output.register_hook(gradients.append)

    model.get_submodule(layer).register_forward_hook(keep)
    model(image[None].clone().requires_grad_())[0, target].backward()
    weights = gradients[0].mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu()


def grad_cam__backward_hook(model, layer, image, target):
    """A backward hook on the layer does not get on with an in-place ReLU behind it: PyTorch refuses. Ask for the
    gradient of the layer's output itself."""
    model, outputs, gradients = copy.deepcopy(model).eval(), [], []
    part = model.get_submodule(layer)
    part.register_forward_hook(lambda part, inputs, output: outputs.append(output.detach().clone()))
    part.register_full_backward_hook(lambda part, inputs, gradient: gradients.append(gradient[0]))
    model(image[None].clone().requires_grad_())[0, target].backward()
    weights = gradients[0].mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu()


def grad_cam__trainable_models_only(model, layer, image, target):
    """In a frozen model nothing requires a gradient, and PyTorch finds none. The image can ask for one."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None])[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__features_and_classifier(model, layer, image, target):
    """The model was taken to be `features`, then `classifier`, and the layer to be one of `features`. Other networks
    have branches and other names: let the model run itself."""
    model, x = copy.deepcopy(model).eval(), image[None].clone().requires_grad_()
    for i, part in enumerate(model.features):
        x = part(x)
        if f"features.{i}" == layer:
            maps = x
            x = maps.clone()
    score = model.classifier(model.avgpool(x).flatten(1))[0, target]
    (gradient,) = torch.autograd.grad(score, maps)
    return (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1)[0].relu().detach()


def grad_cam__normalised(model, layer, image, target):
    """The map was scaled to 0 … 1. Then maps of different classes cannot be compared: leave the numbers as they
    are."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = (weights * outputs[0]).sum(dim=1)[0].relu().detach()
    return cam / cam.max().clamp(min=1e-12)


def grad_cam__enlarged(model, layer, image, target):
    """The map was enlarged to the size of the image. Return the layer's own height and width."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = (weights * outputs[0]).sum(dim=1, keepdim=True).relu().detach()
    return F.interpolate(cam, size=image.shape[1:], mode="bilinear")[0, 0]


def grad_cam__graph_kept(model, layer, image, target):
    """The map carries a graph. Return one without gradients: detach it."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu()


def grad_cam__training_mode(model, layer, image, target):
    """The model was not put into eval mode: dropout drops, and batch norm takes the statistics of this one image."""
    model, outputs = copy.deepcopy(model), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__stays_in_eval(model, layer, image, target):
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""
    outputs = []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(keep)
    score = model.eval()(image[None].clone().requires_grad_())[0, target]
    handle.remove()
    (gradient,) = torch.autograd.grad(score, outputs[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__hook_stays(model, layer, image, target):
    """The hook is still there afterwards. Everyone who uses the model from now on pays for it: `handle.remove()`."""
    modes, outputs = [(part, part.training) for part in model.modules()], []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model.eval()(image[None].clone().requires_grad_())[0, target]
    for part, mode in modes:
        part.training = mode
    (gradient,) = torch.autograd.grad(score, outputs[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__gradients_left_behind(model, layer, image, target):
    """`backward` has written gradients into all parameters, and the next training step adds to them. You need one
    gradient only: `torch.autograd.grad` gives just that."""
    modes, outputs = [(part, part.training) for part in model.modules()], []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(keep)
    score = model.eval()(image[None].clone().requires_grad_())[0, target]
    for part, mode in modes:
        part.training = mode
    handle.remove()
    outputs[0].retain_grad()
    score.backward()
    weights = outputs[0].grad.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__gradients_cleared(model, layer, image, target):
    """`zero_grad` has thrown away the gradients that the model came with. Somebody may be in the middle of a
    training."""
    modes, outputs = [(part, part.training) for part in model.modules()], []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(keep)
    score = model.eval()(image[None].clone().requires_grad_())[0, target]
    for part, mode in modes:
        part.training = mode
    handle.remove()
    outputs[0].retain_grad()
    model.zero_grad()
    score.backward()
    model.zero_grad()
    weights = outputs[0].grad.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__roles_swapped(model, layer, image, target):
    """The gradients were weighted with the means of the maps. Weight the maps with the means of the gradients."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient * kept[0].detach().mean(dim=(2, 3), keepdim=True)).sum(dim=1)[0].relu()


def grad_cam__of_the_loss(model, layer, image, target):
    """This is the derivative of the loss, which falls where the score rises, and in which all scores have a part. Take
    the score of the class itself."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    scores = twin(image.detach().clone()[None].requires_grad_())
    (gradient,) = torch.autograd.grad(F.cross_entropy(scores, torch.tensor([target])), kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu()


def grad_cam__begins_with_ones(model, layer, image, target):
    """The sum begins with ones, so that every place has 1 too much. A well-known program does so; begin with zeros."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (1 + (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0]).relu()


def grad_cam__squeezed(model, layer, image, target):
    """`squeeze()` removes every axis of length 1, also those of a layer with one map, or with maps of one pixel."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1).squeeze().relu()


def grad_cam__inputs_of_the_layer(model, layer, image, target):
    """These are the maps that go into the layer. Take what it gives out."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs):
        kept.append(inputs[0])
        return (inputs[0].clone(),)

    twin.get_submodule(layer).register_forward_pre_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu()


def grad_cam__positive_gradients(model, layer, image, target):
    """Negative derivatives were cut off before the mean. Cut off only once, at the end."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.relu().mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu()


def grad_cam__all_scores(model, layer, image, target):
    """All scores were added up, so the map is the same for every class. Take the target's."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_()).sum()
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu()


def grad_cam__freezes(model, layer, image, target):
    """The model is frozen afterwards, whatever it was. Put back what each parameter was, or freeze nothing."""
    modes, kept = [(part, part.training) for part in model.modules()], []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.requires_grad_(False).get_submodule(layer).register_forward_hook(keep)
    score = model.eval()(image.detach().clone()[None].requires_grad_())[0, target]
    handle.remove()
    for part, mode in modes:
        part.training = mode
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu()


def grad_cam__marks_the_image(model, layer, image, target):
    """The caller's image requires a gradient now. Work on a copy of it."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.requires_grad_()[None])[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu()


def grad_cam__array(model, layer, image, target):
    """This is a NumPy array. Return a tensor."""
    twin, kept = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        kept.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.detach().clone()[None].requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].relu().numpy()


# ---- the quiz ----

quiz_batch_norm__nothing = Choice(
    "a", "Frozen are the weights. Is there anything else in a layer that changes in training?"
)
quiz_batch_norm__weights = Choice(
    "c", "Without a gradient no optimiser moves a weight. What changes needs no gradient."
)
quiz_batch_norm__error = Choice("d", "Nobody complains, which is what makes this mistake so common.")

quiz_cache__shuffling = Choice("a", "Cached features can be shuffled like pictures, together with their labels.")
quiz_cache__weight_decay = Choice(
    "b", "Weight decay is about the head's weights; where its inputs come from is all the same to it."
)
quiz_cache__validation = Choice("d", "The validation pictures go through the same backbone: cache their features, too.")

quiz_score__same = Choice("a", "The same up to a factor at best. How large is this factor where the softmax is flat?")
quiz_score__reversed = Choice("b", "A pixel that raises the logit raises the probability, too, if ever so little.")
quiz_score__second = Choice(
    "c",
    "The runner-up has a part in the probability, but asking about the first does not become asking about the second.",
)

quiz_rate__smallest = Choice("b", "There the loss does not fall any more: a little more, and it explodes.")
quiz_rate__smaller = Choice("c", "That small, the loss has not yet begun to fall: training would take forever.")
quiz_rate__explosion = Choice("d", "Above the smallest loss the curve explodes, and so would the training.")
