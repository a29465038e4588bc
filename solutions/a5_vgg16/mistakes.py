"""Known wrong answers to assignment 5, VGG16, transfer, and what is inside."""

import copy

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn

from solutions.asking import Choice, edit

# ---- preprocess ----


@edit({"tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])": "pixels"}, of="steps")
def preprocess__no_normalisation():
    """The pixels lie between 0 and 1, but mean and deviation are missing. To VGG16, which has only ever seen
    normalised pictures, everything looks pale and bright."""


@edit(
    {"[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]": "[0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]"}, of="steps"
)
def preprocess__cifar_statistics():
    """These are CIFAR-10's mean and deviation. Use those that this network was trained with."""


@edit({'"RGB"))': '"RGB"))[[2, 1, 0]]'})
def preprocess__bgr():
    """Red and blue have changed places: OpenCV and the first VGG16 (Caffe) want blue first, torchvision wants red."""


@edit({"to_tensor": "pil_to_tensor", "224))": "224)).float()"}, of="steps")
def preprocess__zero_to_255():
    """The pixels run from 0 to 255 where mean and deviation expect 0 to 1: the results are in the hundreds."""


@edit({"IMAGENET1K_V1": "IMAGENET1K_FEATURES"})
def preprocess__caffe():
    """These are the statistics of another VGG16: the mean is subtracted, but nothing divided, from 0 to 255. Every set
    of weights has a transform of its own; look at those of IMAGENET1K_V1."""


@edit(
    {
        "tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])": (
            "(pixels - pixels.mean(dim=(1, 2), keepdim=True)) / pixels.std(dim=(1, 2), keepdim=True)"
        ),
    },
    of="steps",
)
def preprocess__its_own_statistics():
    """The picture was normalised with its own mean and deviation, so a night is as bright as a day. The numbers are
    those of ImageNet, the same for every picture."""


@edit(
    {
        (
            'tools.center_crop(tools.resize(image.convert("RGB"), 256), 224)'
        ): 'tools.resize(image.convert("RGB"), (224, 224))',
    },
    of="steps",
)
def preprocess__squashed():
    """The picture was squeezed into a square: birds get thin or fat. Keep the proportion, and cut."""


@edit({'"RGB"), 256)': '"RGB"), 224)'}, of="steps")
def preprocess__shorter_side_224():
    """The shorter side was scaled to 224, so nothing of it is cut off. It is scaled to 256 first: what is in the
    picture appears a seventh larger."""


@edit({", 256)": ", (256 * image.height // image.width, 256))"}, of="steps")
def preprocess__width_256():
    """The width was scaled to 256, whether or not it is the shorter side. A landscape gets too low, and black bars."""


@edit(
    {
        (
            'tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))'
        ): 'tools.resize(image.convert("RGB"), 256))[:, :224, :224]',
    },
    of="steps",
)
def preprocess__corner():
    """The square was cut out at the top left. Cut out the middle, where photographers put their birds."""


@edit({"antialias=True": "antialias=False"}, of="functional")
def preprocess__no_antialias():
    """The resizing is bilinear, but without antialias: in a large picture it looks at four pixels for each new one,
    and skips all the others."""


@edit({'.convert("RGB")': ""})
def preprocess__mode_kept():
    """A grey picture has one channel, a transparent one has four, and your function stops at both. Convert to RGB
    first."""


@edit({'.convert("RGB"), 256), 224': ', 256), 224).convert("RGB"'}, of="steps")
def preprocess__converted_late():
    """The picture became RGB only after the resizing. Numbers of a palette's colours cannot be averaged, and
    transparent pixels count for nothing when they are: convert first."""


@edit({'"RGB"))': '"RGB")).permute(1, 2, 0)'})
def preprocess__channels_last():
    """The channels come last, as in NumPy and matplotlib. In PyTorch they come first: (3, 224, 224)."""


def preprocess__reshaped(image):
    """`reshape` keeps the numbers in a row, and so mixes pixels with channels. `permute` swaps axes."""
    pixels = np.asarray(torchvision.transforms.functional.resize(image.convert("RGB"), 256))
    top, left = (pixels.shape[0] - 224) // 2, (pixels.shape[1] - 224) // 2
    pixels = torch.tensor(pixels[top : top + 224, left : left + 224]).reshape(3, 224, 224) / 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (pixels - mean[:, None, None]) / std[:, None, None]


@edit({'"RGB"))': '"RGB"))[None]'})
def preprocess__batch_axis():
    """There is an axis too many. One picture is (3, 224, 224); a batch is made of several, later."""


def preprocess__bicubic(image):
    """The resizing is not bilinear: Pillow's own `resize` is bicubic unless you name another way."""
    image = image.convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize((int(image.width * scale + 1e-9), int(image.height * scale + 1e-9)))
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    pixels = torchvision.transforms.functional.to_tensor(image.crop((left, top, left + 224, top + 224)))
    return torchvision.transforms.functional.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


@edit({'"RGB"), 256)': '"RGB"), (256, 256))'}, of="steps")
def preprocess__squashed_to_256():
    """`resize((256, 256))` gives both sides 256 pixels and squeezes the picture. One number is for the shorter side."""


def preprocess__thumbnail(image):
    """`thumbnail` fits the whole picture into 256×256 pixels: the longer side becomes 256, not the shorter one, and
    small pictures stay small."""
    tools, image = torchvision.transforms.functional, image.convert("RGB")
    image.thumbnail((256, 256))
    pixels = tools.to_tensor(tools.center_crop(image, 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


@edit({"224))": "224)) / 255"}, of="steps")
def preprocess__divided_twice():
    """The bytes were divided by 255 twice: `ToTensor` and `to_tensor` do it already. Everything is nearly black."""


@edit({"to_tensor": "pil_to_tensor", "224))": "224)) / 256"}, of="steps")
def preprocess__divided_by_256():
    """White is a little too dark: the largest byte is 255, and it should become 1."""


@edit({"[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]": "[0.5] * 3, [0.5] * 3"}, of="steps")
def preprocess__one_half():
    """Mean and deviation are 0.5, which gives numbers from -1 to 1. Many tutorials do so, but this network was trained
    with ImageNet's."""


@edit({"[0.229, 0.224, 0.225]": "[1.0] * 3"}, of="steps")
def preprocess__only_the_mean():
    """The mean was subtracted, and nothing divided. Divide each channel by its standard deviation, too."""


@edit({"[0.229, 0.224, 0.225]": "[0.226] * 3"}, of="steps")
def preprocess__one_deviation():
    """All channels were divided by the same number. Each channel has a standard deviation of its own."""


@edit({"[0.229, 0.224, 0.225]": "[0.225, 0.224, 0.229]"}, of="steps")
def preprocess__deviations_reversed():
    """The standard deviations of red and blue have changed places."""


@edit({'"RGB"))': '"RGB")).transpose(1, 2)'})
def preprocess__sides_swapped():
    """The picture lies on its side: Pillow counts (width, height), arrays count (rows, columns)."""


@edit({'convert("RGB")': 'convert("L").convert("RGB")'})
def preprocess__grey():
    """The colours are gone: `convert("L")` makes a grey picture of every one."""


def preprocess__for_training(image):
    """A square was cut out at random, as it is done in training. To ask a network, cut the middle."""
    transforms = torchvision.transforms
    steps = [transforms.RandomResizedCrop(224), transforms.ToTensor()]
    steps.append(transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return transforms.Compose(steps)(image.convert("RGB"))


@edit({'"RGB"))': '"RGB")).double()'})
def preprocess__double_precision():
    """The numbers are in float64, NumPy's own precision. The network's weights are float32."""


@edit(
    {"image.thumbnail((256, 256))": ("if min(image.size) > 256:\n    image = tools.resize(image, 256)")}, of="thumbnail"
)
def preprocess__small_pictures_not_enlarged():
    """Small pictures were not enlarged. Every picture is scaled until its shorter side is 256."""


@edit({", 256)": ", [round(256 * side / min(image.size)) for side in (image.height, image.width)])"}, of="steps")
def preprocess__rounded():
    """The longer side has a pixel too many: it was rounded up, or to the nearest number. It is rounded down."""


@edit({'"RGB"))': '"RGB")).numpy()'})
def preprocess__array():
    """This is a NumPy array. The network takes a tensor."""


@edit(
    {
        "to_tensor": "pil_to_tensor",
        "tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])": "pixels.float()",
    },
    of="steps",
)
def preprocess__bytes():
    """These are bytes from 0 to 255. Divide by 255, then subtract the mean and divide by the standard deviation."""


@edit({"224))": "224))[[2, 1, 0]]"}, of="steps")
def preprocess__bgr_first():
    """Red and blue had changed places before the mean and the deviation came. These are in the order red, green,
    blue."""


@edit(
    {"[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]": "[0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]"}, of="steps"
)
def preprocess__cifar_as_often_copied():
    """This is CIFAR-10's mean, with deviations that are often copied together with it. Use those that this network was
    trained with."""


@edit(
    {
        'image.convert("RGB")': "image",
        "224))": "224))[:3]\npixels = pixels if len(pixels) > 1 else pixels.expand(3, -1, -1)",
    },
    of="steps",
)
def preprocess__channels_taken_as_they_are():
    """Nothing was converted to RGB: the numbers of a palette's colours were taken for brightness, and a printer's inks
    for red, green and blue. Convert first."""


def preprocess__array_taken_as_it_is(image):
    """The numbers in the picture were used as they are: the numbers of a palette's colours were taken for brightness,
    and a printer's inks for red, green and blue. Convert to RGB first."""
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = np.stack([pixels] * 3, axis=2)
    elif pixels.shape[2] == 2:  # grey, with transparency
        pixels = np.stack([pixels[..., 0]] * 3, axis=2)
    tools, image = torchvision.transforms.functional, Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image, 256), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


# ---- top_k ----


@edit({"copy.deepcopy(model).eval()": "model"}, of="plain_copy")
def top_k__training_mode():
    """The model was not put into eval mode: dropout drops, so that the answer depends on chance."""


@edit({"copy.deepcopy(model).eval()": "model.eval()"}, of="plain_copy")
def top_k__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


@edit(
    {
        "with torch.no_grad():": ("mode = model.training\nmodel.eval()\nwith torch.no_grad():"),
        "copy.deepcopy(model).eval()": "model",
        "return [": ("model.train(mode)\nreturn ["),
    },
    of="plain_copy",
)
def top_k__one_mode_for_all():
    """Setting the mode of the whole model sets all parts alike, and some had another mode than the model itself. Note
    the mode of each part."""


@edit({("with torch.no_grad():\n    probabilities"): "probabilities"}, of="plain_copy")
def top_k__gradients():
    """All that a gradient would need was stored on the way, hundreds of megabytes in VGG16. `eval()` does not prevent
    that."""


@edit({".softmax(dim=1)": ""}, of="plain_copy")
def top_k__logits():
    """These are logits. A probability lies between 0 and 1, and all of them add up to 1."""


@edit({".softmax(dim=1)": "", "probabilities.tolist()": "probabilities.softmax(dim=1).tolist()"}, of="plain_copy")
def top_k__softmax_of_the_top():
    """The softmax was taken of the top logits only, as if there were no other categories: the best one seems surer
    than it is."""


@edit({"dim=1).": "dim=0)."}, of="plain_copy")
def top_k__over_the_images():
    """The softmax runs over the images of the batch. The probabilities of *one* image add up to 1: the other axis."""


def top_k__first_image_only(model, images, categories, k):
    """Only the first image was looked at. There may be several, and each gets a list, a single one, too."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images)[0].softmax(dim=0).topk(k)
    return [(categories[i], p) for i, p in zip(indices.tolist(), probabilities.tolist(), strict=True)]


@edit({"topk(k": "sort(dim=1", ".tolist(), probabilities": "[:, -k:].tolist(), probabilities[:, -k:]"}, of="plain_copy")
def top_k__ascending():
    """The order is turned around: the most probable category comes first."""


@edit({"categories[i], p": "p, categories[i]"}, of="plain_copy")
def top_k__swapped():
    """The pairs are the wrong way round: first the category, then its probability."""


@edit({("with torch.no_grad():\n    probabilities"): ("torch.set_grad_enabled(False)\nprobabilities")}, of="plain_copy")
def top_k__gradients_off_for_good():
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""


@edit({"categories[i]": "i"}, of="plain_copy")
def top_k__numbers_for_names():
    """These are numbers of classes. Return the names, which `categories` has."""


@edit({", p)": ", 100 * p)"}, of="plain_copy")
def top_k__percent():
    """The probabilities are in percent. Return a fraction from 0 to 1."""


@edit(
    {
        (
            "[(categories[i], p) for i, p in zip(*row, strict=True)]\n"
            "for row in zip(indices.tolist(), probabilities.tolist(), strict=True)"
        ): (
            "[(categories[i], p) for i, p in zip(row, values, strict=True)]\n"
            "for row, values in zip(indices, probabilities, strict=True)"
        )
    },
    of="plain_copy",
)
def top_k__tensors():
    """The probabilities are tensors of one number each. Return plain floats: `.item()` or `.tolist()`."""


@edit({"softmax(dim=1": "sigmoid("}, of="plain_copy")
def top_k__sigmoid():
    """These are sigmoids of the logits, one by one, which do not add up to 1. A softmax compares the categories."""


@edit({"softmax": "log_softmax"}, of="plain_copy")
def top_k__log_softmax():
    """These are logarithms of probabilities, which are negative. Use the softmax itself."""


@edit({".topk": ".softmax(dim=1).topk"}, of="plain_copy")
def top_k__softmax_twice():
    """The softmax was taken twice, which makes all categories nearly equal."""


@edit(
    {
        "probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)": (
            "powers = copy.deepcopy(model).eval()(images).exp()\n"
            "probabilities, indices = (powers / powers.sum(dim=1, keepdim=True)).topk(k)"
        )
    },
    of="plain_copy",
)
def top_k__exp_overflows():
    """`exp` of a large logit is infinite, and infinity divided by infinity is nan. `softmax` subtracts the largest
    logit first."""


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


@edit({", p) ": ", round(p, 2)) "}, of="plain_copy")
def top_k__rounded():
    """The probabilities were rounded. Round when you print, not before."""


@edit({".topk": ".squeeze().topk"}, of="plain_copy")
def top_k__squeezed():
    """`squeeze()` removes every axis of length 1, so a single image is no batch any more, and k = 1 no list."""


@edit({"return [": ("images -= images.mean()\nreturn [")}, of="plain_copy")
def top_k__images_changed():
    """The caller's images were written over. Work on a copy."""


@edit({"with torch.no_grad():": ("categories.sort()\nwith torch.no_grad():")}, of="plain_copy")
def top_k__names_sorted():
    """The list of categories was sorted, and so a number no longer means the same category."""


@edit({"return [": ('categories.append("unknown")\nreturn [')}, of="plain_copy")
def top_k__names_used_up():
    """The caller's list of categories was changed. Read from it, and write nothing into it."""


@edit(
    {
        ("with torch.no_grad():\n    probabilities"): ("torch.set_grad_enabled(False)\nprobabilities"),
        "return [": ("torch.set_grad_enabled(True)\nreturn ["),
    },
    of="plain_copy",
)
def top_k__gradients_on_for_good():
    """Gradients are switched on at the end, whatever they were before. `with torch.no_grad():` puts back what it
    found."""


@edit({"probabilities.tolist()": "probabilities.numpy()"}, of="plain_copy")
def top_k__array_floats():
    """The probabilities are NumPy numbers. Return plain floats: `.item()` or `.tolist()`."""


@edit(
    {
        "with torch.no_grad():": (
            "modes = [part.training for part in model.children()]\nmodel.eval()\nwith torch.no_grad():"
        ),
        "copy.deepcopy(model).eval()": "model",
        "return [": ("for part, mode in zip(model.children(), modes, strict=True):\n    part.train(mode)\nreturn ["),
    },
    of="plain_copy",
)
def top_k__always_eval_children():
    """Only the outermost parts were put into eval mode and back. Each part has a mode, at any depth."""


def top_k__names_as_keys(model, images, categories, k):
    """The names are the keys of a dict, and two categories of the same name became one: ImageNet has two cranes, the
    bird and the machine."""
    with torch.no_grad():
        probabilities = copy.deepcopy(model).eval()(images).softmax(dim=1)
    rows = [dict(zip(categories, row, strict=True)) for row in probabilities.tolist()]
    return [sorted(row.items(), key=lambda pair: -pair[1])[:k] for row in rows]


@edit(
    {
        "probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)": (
            "scores = copy.deepcopy(model).eval()(images)\n"
            "powers = (scores - scores.max()).exp()\n"
            "probabilities, indices = (powers / powers.sum(dim=1, keepdim=True)).topk(k)"
        )
    },
    of="plain_copy",
)
def top_k__largest_of_the_batch():
    """The largest logit of the whole batch was subtracted. For an image whose own logits are far below it everything
    becomes 0 / 0: each image has a largest logit of its own."""


@edit({", p)": ", round(p, 4))"}, of="plain_copy")
def top_k__rounded_to_four_digits():
    """The probabilities were rounded, and small ones became 0. Round when you print, not before."""


@edit(
    {
        "[(categories[i], p) for i, p in zip(*row, strict=True)]": (
            "tuple((categories[i], p) for i, p in zip(*row, strict=True))"
        )
    },
    of="plain_copy",
)
def top_k__tuples():
    """The pairs of an image are in a tuple. Return a list for each image."""


# ---- replace_head ----


@edit({".requires_grad_(False)": ""}, of="plain")
def replace_head__backbone_trainable():
    """The backbone can still be trained, and would soon forget what ImageNet taught it. (`model.requires_grad = False`
    freezes nothing: on a module that is a new attribute which nobody reads. There is a method with an
    underscore.)"""


@edit({"return model": "return model.requires_grad_(False)"}, of="plain")
def replace_head__head_frozen():
    """Everything was frozen after the new head was put in, so the head, too. Nothing is left to be trained."""


def replace_head__whole_classifier(model, classes):
    """The whole classifier became one new layer. Only the last Linear goes; those before it know a lot."""
    model.eval().requires_grad_(False)
    linears = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    name = linears[-1][0].split(".")[0]
    inside = [part for path, part in linears if path.split(".")[0] == name]
    setattr(model, name, nn.Linear(inside[0].in_features, classes))
    return model


@edit(
    {
        "parent, _,": (
            "for part in model.modules():\n"
            "    if isinstance(part, nn.Linear):\n"
            "        part.reset_parameters()\n"
            "parent, _,"
        )
    },
    of="plain",
)
def replace_head__classifier_reset():
    """The dense layers before the head are new and random, too. They were trained on a million pictures; keep their
    weights."""


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


@edit({"eval": "train"}, of="plain")
def replace_head__training_mode():
    """Frozen is not eval mode: dropout goes on dropping, and batch norm goes on changing its running averages, which
    no gradient is needed for."""


@edit(
    {
        "return model": (
            "for part in model.modules():\n    if isinstance(part, nn.Dropout):\n        part.train()\nreturn model"
        )
    },
    of="plain",
)
def replace_head__dropout_active():
    """Batch norm is in eval mode, dropout is not. The frozen part should say the same of the same image every time."""


def replace_head__only_the_number(model, classes):
    """`out_features` is a note of how the layer was made. Another number there changes no weights: the head
    still gives as many scores as before."""
    model.eval().requires_grad_(False)
    head = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    head.out_features = classes
    head.requires_grad_(True)
    return model


@edit({"Linear(old.in_features, classes": "Sequential(old, nn.Linear(old.out_features, classes)"}, of="plain")
def replace_head__one_more_layer():
    """The new layer stands behind the old head, and has to guess breeds from a thousand ImageNet scores. It should take
    the head's place."""


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


@edit({"[-1]": "[0]"}, of="plain")
def replace_head__first_linear():
    """The first nn.Linear was replaced, not the last: the head still knows the old classes, and what comes between
    does not fit."""


@edit({" classes))": " classes, bias=False))"}, of="plain")
def replace_head__no_bias():
    """The new head has no bias. VGG16 with ten classes should have 40,970 trainable parameters, and has 40,960."""


@edit({"model.eval": "model = copy.deepcopy(model).eval"}, of="plain")
def replace_head__a_copy():
    """The new head is in a copy, and the model is as it was. Return the same model, changed; two copies of VGG16
    are a gigabyte."""


@edit({("classes))\nreturn model"): "classes))"}, of="plain")
def replace_head__nothing_returned():
    """The model was changed, but not returned. After `model = replace_head(model, 37)` there is only None."""


def replace_head__child_by_child(model, classes):
    """The Linear that lies deepest was found, not the last one: a loop over the children of each part sees `fc` before
    the inside of `layer4`. Go by `named_modules()`."""
    model.eval().requires_grad_(False)
    for part in model.modules():
        for name, child in part.named_children():
            if isinstance(child, nn.Linear):
                parent, place, width = part, name, child.in_features
    setattr(parent, place, nn.Linear(width, classes))
    return model


@edit(
    {
        "model.eval().requires_grad_(False)": (
            "for part in model.modules():\n"
            "    if isinstance(part, (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)):\n"
            "        part.requires_grad_(False)\n"
            "model.eval()"
        )
    },
    of="plain",
)
def replace_head__by_kinds_of_layers():
    """Only parameters of certain kinds of layers were frozen. There are others, and some belong to no layer at all."""


@edit(
    {
        "model.eval().requires_grad_(False)": (
            "model.eval()\n"
            "for name, parameter in model.named_parameters():\n"
            '    if name.endswith("weight"):\n'
            "        parameter.requires_grad_(False)"
        )
    },
    of="plain",
)
def replace_head__weights_frozen_biases_not():
    """The weights are frozen, the biases are not. Both are parameters, and so are those of batch norm."""


@edit(
    {
        "return model": (
            "for key, parameter in model.named_parameters():\n"
            '    parameter.requires_grad = child in key.split(".")\n'
            "return model"
        )
    },
    of="plain",
)
def replace_head__thawed_here_and_there():
    """The parts that end in the head's name are trainable, too. Compare the whole name."""


@edit(
    {
        "model.eval().requires_grad_(False)": (
            "model.requires_grad_(False)\nfor part in model.children():\n    part.eval()"
        )
    },
    of="plain",
)
def replace_head__children_in_eval():
    """The parts are in eval mode, the model itself is not: `children()` leaves it out. The model's own `eval` does
    all."""


@edit({"in_features": "out_features"}, of="plain")
def replace_head__features_of_the_old_head():
    """The new head takes as many inputs as the old one had outputs. Look at `in_features`."""


@edit(
    {
        "nn.Linear(old.in_features, classes)": (
            "nn.Sequential(nn.Linear(old.in_features, 16), nn.ReLU(), nn.Linear(16, classes))"
        ),
    },
    of="plain",
)
def replace_head__two_layers():
    """The new head has two layers. Here it is a single nn.Linear, with 40,970 parameters in VGG16."""


@edit(
    {"nn.Linear(old.in_features, classes)": "nn.Sequential(nn.Linear(old.in_features, classes), nn.Softmax(dim=1))"},
    of="plain",
)
def replace_head__softmax_behind():
    """The head ends in a softmax. The loss takes logits, and the head is a plain nn.Linear."""


@edit({" classes))": " classes, bias=old.bias is not None))"}, of="plain")
def replace_head__bias_as_before():
    """The new head has a bias only where the old one had one. It always has one."""


@edit(
    {
        "parent, _,": (
            "for part in model.modules():\n"
            "    if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):\n"
            "        part.reset_running_stats()\n"
            "parent, _,"
        )
    },
    of="plain",
)
def replace_head__statistics_reset():
    """Batch norm's running statistics were reset. They belong to what the network has learnt."""


@edit({".eval()": ""}, of="plain")
def replace_head__modes_kept():
    """The parts are still in the modes in which they came. Frozen is not eval mode: dropout and batch norm have to be
    put into it."""


@edit({"model.eval()": "if model.training:\n    model.eval()\nmodel"}, of="plain")
def replace_head__only_its_own_mode():
    """Only the model's own mode was looked at. A model in eval mode may have parts in training mode."""


# ---- parameter_groups ----


@edit({" if id(p) not in head": ""}, of="filtered")
def parameter_groups__head_twice():
    """`model.parameters()` are all parameters, the head's, too. These are in both groups now, and PyTorch refuses
    that."""


@edit({" if p.requires_grad": ""}, of="filtered")
def parameter_groups__frozen_ones_too():
    """Frozen parameters are in the groups as well. Weight decay and momentum may move them all the same once they have
    had a gradient, and the list says that they are being trained."""


@edit({"free if id(p) in head": "model.parameters() if id(p) in head"}, of="filtered")
def parameter_groups__head_never_asked():
    """In the backbone the frozen ones were left out, in the head they were not. It may be frozen, too, in part or
    entirely."""


@edit({"free = [": ("head_lr, backbone_lr = backbone_lr, head_lr\nfree = [")}, of="filtered")
def parameter_groups__rates_swapped():
    """The rates have changed places. It is the new head that has everything to learn."""


@edit(
    {('head_lr},\n{"params": [p for p in free if id(p) not in head], "lr": backbone_lr},'): "head_lr},"}, of="filtered"
)
def parameter_groups__head_only():
    """Only the head is there. What you unfroze of the backbone will not be trained."""


@edit({('{"params": [p for p in free if id(p) in head], "lr": head_lr},\n{'): "{"}, of="filtered")
def parameter_groups__backbone_only():
    """The head itself is in no group, so the one layer that knows nothing yet will not be trained."""


@edit(
    {
        (
            'free if id(p) in head], "lr": head_lr},\n'
            '{"params": [p for p in free if id(p) not in head], "lr": backbone_lr},'
        ): 'free], "lr": head_lr},'
    },
    of="filtered",
)
def parameter_groups__one_rate():
    """There is one group with one rate for all. The head learns faster than the backbone."""


@edit(
    {
        ("p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()"): (
            "part in model.modules() if isinstance(part, nn.Linear) for p in part.parameters()"
        ),
    },
    of="filtered",
)
def parameter_groups__all_dense_layers():
    """All dense layers got the head's rate. The head is the last of them only; the others were trained before."""


@edit({"[part for part in model.modules() if isinstance(part, nn.Linear)][-1]": "model.classifier"}, of="filtered")
def parameter_groups__classifier():
    """The head was taken to be the part called `classifier`. That is all dense layers of VGG16, and ResNet has no part
    of this name."""


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


@edit({"head = {": ("model.requires_grad_(True)\nhead = {")}, of="filtered")
def parameter_groups__unfreezes():
    """Everything became trainable. Your function is to sort parameters, and to change none."""


def parameter_groups__by_the_beginning_of_names(model, *, head_lr, backbone_lr):
    """The head's parameters were found by the beginning of their names. Other layers' names may begin the same way:
    "fc" and "fc_norm"."""
    head = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    free = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [p for name, p in free if name.startswith(head)], "lr": head_lr},
        {"params": [p for name, p in free if not name.startswith(head)], "lr": backbone_lr},
    ]


@edit(
    {
        (
            '{"params": [p for name, p in free if name.startswith(head)], "lr": head_lr},\n'
            '{"params": [p for name, p in free if not name.startswith(head)], "lr": backbone_lr},'
        ): (
            '{"params": [p for name, p in free if head in name], "lr": head_lr},\n'
            '{"params": [p for name, p in free if head not in name], "lr": backbone_lr},'
        )
    },
    of="by_the_beginning_of_names",
)
def parameter_groups__a_part_of_the_name():
    """Every parameter in whose name the head's name occurs got the head's rate. Another layer may be called
    "se.fc1"."""


@edit(
    {
        "head = {id(p)": (
            "name = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]\n"
            "head = {id(p) for key, p in model.named_parameters() if key.startswith(name)} | {id(p)"
        )
    },
    of="filtered",
)
def parameter_groups__what_begins_alike_too():
    """Parameters whose names begin like the head's got its rate, too. Other layers' names may begin the same way: "fc"
    and "fc_norm"."""


@edit(
    {
        "[p for p in free if id(p) in head]": "(p for p in free if id(p) in head)",
        "[p for p in free if id(p) not in head]": "(p for p in free if id(p) not in head)",
    },
    of="filtered",
)
def parameter_groups__generators():
    """The parameters are in generators, which are used up by the first who counts them. Make lists."""


def parameter_groups__a_tuple_of_groups(model, *, head_lr, backbone_lr):
    """The groups are in a tuple. Return a list of dicts."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    free = [p for p in model.parameters() if p.requires_grad]
    return (
        {"params": [p for p in free if id(p) in head], "lr": head_lr},
        {"params": [p for p in free if id(p) not in head], "lr": backbone_lr},
    )


@edit(
    {
        "p for p in model.parameters() if p.requires_grad": (
            "pair for pair in model.named_parameters() if pair[1].requires_grad"
        ),
        "p for p in free if id(p) in": "pair for pair in free if id(pair[1]) in",
        "p for p in free if id(p) not": "pair for pair in free if id(pair[1]) not",
    },
    of="filtered",
)
def parameter_groups__with_names():
    """The groups hold pairs of name and parameter, as `named_parameters()` gives them. Take the parameters alone."""


@edit(
    {"[part for part in model.modules() if isinstance(part, nn.Linear)][-1]": "list(model.modules())[-1]"},
    of="filtered",
)
def parameter_groups__last_part():
    """The head was taken to be the last part of the model. It is the last nn.Linear, and something may follow it."""


@edit(
    {
        (
            "[part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()"
        ): "list(model.parameters())[-2:]",
    },
    of="filtered",
)
def parameter_groups__last_two():
    """The last two parameters were taken for the head. A head may have no bias, and others may come after it."""


@edit(
    {
        "{id(p) for": "{p.data_ptr() for",
        "id(p) in head": "p.data_ptr() in head",
        "id(p) not in head": "p.data_ptr() not in head",
    },
    of="filtered",
)
def parameter_groups__by_their_place_in_memory():
    """Parameters were told apart by where their numbers lie in memory. Without numbers all lie in the same place."""


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


@edit({"1]": '1] + "."'}, of="by_the_beginning_of_names")
def parameter_groups__shared_with_the_head():
    """A parameter that the head shares with an earlier layer got the backbone's rate. It is the head's as well."""


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


@edit({"head = {": "model.train()\nhead = {"}, of="filtered")
def parameter_groups__modes_changed():
    """The model is in training mode now, every part of it. Your function is to sort parameters, and to change
    nothing."""


@edit({"head = {": "model.zero_grad()\nhead = {"}, of="filtered")
def parameter_groups__gradients_cleared():
    """The gradients are gone. Your function is to sort parameters, and to change nothing."""


@edit(
    {'"lr": head_lr': '"lr": torch.tensor(head_lr)', '"lr": backbone_lr': '"lr": torch.tensor(backbone_lr)'},
    of="filtered",
)
def parameter_groups__rates_as_tensors():
    """The learning rates are tensors. Return the floats that were given."""


@edit(
    {
        "[p for p in free if id(p) in head]": "filter(lambda p: id(p) in head, free)",
        "[p for p in free if id(p) not in head]": "filter(lambda p: id(p) not in head, free)",
    },
    of="filtered",
)
def parameter_groups__filters():
    """The parameters are in `filter` objects, which are used up by the first who counts them. Make lists."""


@edit({"if part is not linears[-1]": "if part is not linears[-1] and not list(part.children())"}, of="shared_twice")
def parameter_groups__innermost_layers_only():
    """Only the innermost layers were gone through, one by one: a parameter that belongs to none of them is missing, and
    one that two of them share is there twice."""


# ---- cache_features ----


@edit({"eval_mode(backbone), ": ""})
def cache_features__training_mode():
    """Dropout was on: half of every feature is missing, another half for each image, and for good. Cache in eval
    mode."""


@edit({" = copy.deepcopy(backbone)": ""}, of="plain_copy")
def cache_features__stays_in_eval():
    """The backbone is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


@edit(
    {
        "backbone = copy.deepcopy(backbone).eval()": ("mode = backbone.training\nbackbone.eval()"),
        "return torch.cat(features), torch.cat(labels)": (
            "backbone.train(mode)\nreturn torch.cat(features), torch.cat(labels)"
        ),
    },
    of="plain_copy",
)
def cache_features__one_mode_for_all():
    """`train()` and `eval()` set all parts alike, and some had another mode than the backbone itself. Note the mode of
    each."""


def cache_features__gradients(backbone, loader, device):
    """The features remember how they were computed, and with them every layer's output of every batch: memory runs
    full. The backbone is not trained, so nothing needs that."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    for images, answers in loader:
        features.append(backbone(images.to(device)).float().cpu())
        labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)


def cache_features__inference_mode(backbone, loader, device):
    """Tensors made in `inference_mode` can never take part in training, so no head can learn from these. `no_grad`
    makes ordinary ones."""
    backbone = copy.deepcopy(backbone).eval()
    with torch.inference_mode():
        batches = [(backbone(images.to(device)).float().cpu(), answers) for images, answers in loader]
        features, labels = zip(*batches, strict=True)
        return torch.cat(features), torch.cat(labels)


@edit(
    {
        "return torch.cat(features), torch.cat(labels)": (
            "order = torch.randperm(sum(len(answers) for answers in labels))\n"
            "return torch.cat(features)[order], torch.cat(labels)[order]"
        )
    },
    of="plain_copy",
)
def cache_features__shuffled():
    """The order is not the loader's, so the features no longer fit the pictures or file names."""


def cache_features__two_passes(backbone, loader, device):
    """Features and labels were taken from two passes through the loader. One that shuffles gives another order each
    time, and an image gets another one's label."""
    backbone = copy.deepcopy(backbone).eval()
    with torch.no_grad():
        features = [backbone(images.to(device)).float().cpu() for images, _ in loader]
    return torch.cat(features), torch.cat([answers for _, answers in loader])


@edit(
    {
        (
            "features.append(backbone(images.to(device)).float().cpu())\nlabels.append(answers.cpu())"
        ): "features, labels = [backbone(images.to(device)).float().cpu()], [answers.cpu()]"
    },
    of="plain_copy",
)
def cache_features__last_batch():
    """Only the last batch came back: each one replaced the one before. Collect them."""


@edit(
    {
        ("features.append(backbone(images.to(device)).float().cpu())\nlabels.append(answers.cpu())"): (
            "if not labels or len(answers) == len(labels[0]):\n"
            "    features.append(backbone(images.to(device)).float().cpu())\n"
            "    labels.append(answers.cpu())"
        )
    },
    of="plain_copy",
)
def cache_features__smaller_batch_dropped():
    """The last, smaller batch was left out, to have equal shapes. Every image counts."""


@edit({"cat(features), torch.cat": "stack(features), torch.stack"}, of="plain_copy")
def cache_features__stacked():
    """`stack` makes a new axis for the batches, and stops where the last one is smaller. Batches are put one behind
    the other along the axis they have."""


@edit({".float": ".flatten(1).float"}, of="plain_copy")
def cache_features__flattened():
    """The features were flattened. Keep the shape that the backbone gives: what comes behind it may need the maps."""


@edit({".to(device)": ""}, of="plain_copy")
def cache_features__not_moved():
    """The batches were not moved to the device. On a CPU nobody notices; with the backbone on a GPU it stops at the
    first batch."""


@edit({").cpu())": "))"}, of="plain_copy")
def cache_features__stays_on_the_device():
    """The features stay on the device, which has better uses for its memory. Return features on the CPU."""


@edit({"float().": ""}, of="plain_copy")
def cache_features__double_precision():
    """The features have the backbone's precision. Return float32, whatever the backbone computes in."""


@edit({"float().cpu": "cpu().half"}, of="plain_copy")
def cache_features__half_precision():
    """The features were rounded to float16. It saves half of the memory, but a head trained on them is no longer the
    one that end-to-end training gives."""


def cache_features__loader_listed_twice(backbone, loader, device):
    """Each image went through the backbone twice. Once is enough: that is the point of a cache."""
    backbone = copy.deepcopy(backbone).eval()
    with torch.no_grad():
        batches = [(images.to(device), labels.cpu()) for images, labels in loader]
        sizes = [backbone(images).shape for images, _ in batches]
        features = [backbone(images).float().cpu() for images, _ in batches]
    return torch.cat(features), torch.cat([labels for (_, labels), _ in zip(batches, sizes, strict=True)])


@edit({"torch.cat(features), torch.cat(labels)": "features, labels"}, of="plain_copy")
def cache_features__lists():
    """These are lists of batches. Put them one behind the other: `torch.cat`."""


@edit({"labels)": "labels).float()"}, of="plain_copy")
def cache_features__labels_as_floats():
    """The labels became floats. They are numbers of classes, and the loss wants integers."""


@edit(
    {"torch.cat(features), torch.cat(labels)": "torch.cat(features).numpy(), torch.cat(labels).numpy()"},
    of="plain_copy",
)
def cache_features__arrays():
    """These are NumPy arrays. The head is trained on tensors."""


@edit({".float": ".squeeze().float"}, of="plain_copy")
def cache_features__squeezed():
    """`squeeze()` removes every axis of length 1, also that of a batch of one image, or of a single feature."""


@edit(
    {
        "features.append(backbone(images.to(device)).float().cpu())": (
            "out = backbone(images.to(device)).float().cpu()\n"
            "features.append(out.mean(dim=(2, 3)) if out.dim() == 4 else out)"
        )
    },
    of="plain_copy",
)
def cache_features__pooled():
    """The maps were averaged over height and width. Keep what the backbone gives."""


@edit(
    {"torch.cat(features": "F.normalize(torch.cat(features).flatten(1), dim=1).reshape(torch.cat(features).shape"},
    of="plain_copy",
)
def cache_features__normalised():
    """The features were normalised. The head would have to be shown normalised ones for ever after: keep what the
    backbone gives."""


@edit(
    {
        "backbone = copy.deepcopy(backbone).eval()": (
            "torch.set_grad_enabled(False)\nbackbone = copy.deepcopy(backbone).eval()"
        )
    },
    of="gradients",
)
def cache_features__gradients_off_for_good():
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""


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


@edit({".float": ".detach().float"}, of="gradients")
def cache_features__detached_late():
    """The features carry no gradients, but each batch was computed with them: `detach()` comes after the memory has
    been spent. Compute under `torch.no_grad()`."""


@edit({".float().cpu()": ".float()", "torch.cat(features)": "torch.cat(features).cpu()"}, of="plain_copy")
def cache_features__moved_at_the_end():
    """The features of all batches pile up on the device, and are moved to the CPU at the end only. Move each batch at
    once: there may be more of them than fit."""


@edit({"torch.cat(labels)": "torch.cat(labels).int()"}, of="plain_copy")
def cache_features__labels_of_32_bits():
    """The labels became integers of 32 bits, which PyTorch's cross-entropy does not take. Keep them as they came."""


# ---- unfreeze_from ----


@edit({("model.requires_grad_(False)\nfor"): "for"})
def unfreeze_from__nothing_frozen():
    """What comes before the layer was left as it was. Freeze it, whatever it was."""


def unfreeze_from__nothing_unfrozen(model, layer):
    """What comes before the layer is frozen, but what was frozen from the layer on still is. Make it trainable."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}; it has {', '.join(names[1:])}")
    kept = {id(p) for part in list(model.modules())[names.index(layer) :] for p in part.parameters()}
    for parameter in model.parameters():
        if id(parameter) not in kept:
            parameter.requires_grad = False


@edit({("for _, part in list(model.named_modules())[names.index(layer) :]:\n    part."): "model.get_submodule(layer)."})
def unfreeze_from__this_layer_only():
    """Only the layer itself is trainable. Those after it are, too: they have to get used to what it says now."""


@edit(
    {
        (
            "if id(parameter) not in kept:\n    parameter.requires_grad = False"
        ): "parameter.requires_grad = id(parameter) not in kept"
    },
    of="nothing_unfrozen",
)
def unfreeze_from__the_wrong_end():
    """Everything *before* the layer is trainable. Edges and colours are the same for pets; it is the late layers that
    know about ImageNet's classes."""


@edit(
    {
        ("for _, part in list(model.named_modules())[names.index(layer) :]:\n    part.requires_grad_(True)"): (
            "for name, part in list(model.named_modules())[names.index(layer) + 1 :]:\n"
            '    if not name.startswith(layer + "."):\n'
            "        part.requires_grad_(True)"
        )
    }
)
def unfreeze_from__only_after():
    """The layer itself was left frozen. It is the first that is trainable."""


def unfreeze_from__order_of_the_alphabet(model, layer):
    """Names were compared as text. There "features.10" comes before "features.2", and "avgpool" before "features".
    What counts is the order of `named_modules()`."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"the model has no layer {layer!r}")
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name >= layer


def unfreeze_from__layers_with_parameters_only(model, layer):
    """The layer is looked for among the parameters' names. A ReLU or a pooling layer has none, and is never found: all
    stays frozen."""
    if layer not in dict(model.named_modules()):
        raise ValueError(f"the model has no layer {layer!r}")
    found = False
    for name, parameter in model.named_parameters():
        found = found or name.startswith(layer + ".")
        parameter.requires_grad = found


def unfreeze_from__no_containers(model, layer):
    """The layer is looked for among the innermost ones only, so a container such as "classifier" is never found."""
    leaves = {name: part for name, part in model.named_modules() if not list(part.children())}
    if layer not in leaves:
        raise ValueError(f"the model has no layer {layer!r}")
    model.requires_grad_(False)
    for name in list(leaves)[list(leaves).index(layer) :]:
        leaves[name].requires_grad_(True)


@edit({"named_modules()]": "named_children()]", "named_modules())": "named_children())"})
def unfreeze_from__children_only():
    """Only the outermost parts were looked at ("features", "layer4"). A layer inside one of them, such as
    "features.24", is not found."""


@edit({"names.index(layer) :]": 'names.index(layer.split(".")[0]) :]'})
def unfreeze_from__the_whole_part():
    """The part that contains the layer was unfrozen from its beginning on. Within it, too, all before the layer
    should be frozen."""


def unfreeze_from__silent(model, layer):
    """A name that no layer has froze everything, without a word. Raise a `ValueError` that names it: it is most likely
    a typing error."""
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


@edit({"model.requires_grad_(": "model.eval().requires_grad_(", "part.requires_grad_(": "part.train().requires_grad_("})
def unfreeze_from__modes_changed():
    """Modes were changed, too: what is trainable is in training mode now. Change `requires_grad`, and nothing
    else."""


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


@edit({"names = [": ("model.requires_grad_(False)\nnames = [")})
def unfreeze_from__freezes_before_it_looks():
    """The name is looked for only after everything was frozen, so a typing error has frozen the whole model. Look
    first."""


@edit({"f\"the model has no layer {layer!r}; it has {', '.join(names[1:])}": '"there is no such layer'})
def unfreeze_from__nameless():
    """The error does not say which name was wrong. Put it into the sentence."""


@edit(
    {
        (
            "model.requires_grad_(False)\n"
            "for _, part in list(model.named_modules())[names.index(layer) :]:\n"
            "    part.requires_grad_(True)"
        ): (
            "for i, (_, part) in reversed(list(enumerate(model.named_modules()))):\n"
            "    part.requires_grad_(i >= names.index(layer))"
        )
    }
)
def unfreeze_from__containers_last():
    """Freezing and unfreezing go part by part in one loop, and a container freezes or unfreezes all that is in it. So a
    container decides about its layers once more."""


def unfreeze_from__weights_only(model, layer):
    """Biases stayed as they were. A layer's parameters are its weight and its bias."""
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}; it has {', '.join(names[1:])}")
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            parameter.requires_grad = names.index(name.rpartition(".")[0]) >= names.index(layer)


@edit({"requires_grad_(True)": "requires_grad_(not isinstance(part, nn.BatchNorm2d))"})
def unfreeze_from__without_batch_norm():
    """Batch norm stayed frozen after the layer, too. That is a good idea for small batches, but the text
    says otherwise: all parameters from the layer on are trainable."""


@edit({"model.requires_grad_(False)": ("model.requires_grad_(False)\nmodel.zero_grad()")})
def unfreeze_from__gradients_cleared():
    """The gradients are gone. Change `requires_grad` and nothing else."""


@edit({"model.requires_grad_(False)": ("for part in model.children():\n    part.requires_grad_(False)")})
def unfreeze_from__parameters_without_a_layer():
    """A parameter that belongs to the model itself and to none of its layers stayed trainable. Freeze everything first:
    `model.requires_grad_(False)`."""


@edit({"if layer": "layer = next((name for name in names if name.startswith(layer)), layer)\nif layer"})
def unfreeze_from__mere_beginnings():
    """What is only the beginning of a name was accepted in silence. Compare whole names."""


@edit(
    {"in dict(model.named_modules())": "in {name.rpartition('.')[0] for name, _ in model.named_parameters()}"},
    of="layers_with_parameters_only",
)
def unfreeze_from__owners_of_parameters_only():
    """Only layers that have parameters of their own are known. A ReLU, a pooling layer or a container is refused."""


@edit(
    {
        "if layer not in dict(model.named_modules())": (
            'if not any(name.startswith(layer + ".") for name, _ in model.named_parameters())'
        )
    },
    of="layers_with_parameters_only",
)
def unfreeze_from__layers_without_parameters_refused():
    """The layer was looked for among the parameters' names. A ReLU or a pooling layer has none, and is refused."""


@edit(
    {
        "if layer not in dict(model.named_modules())": (
            'if not any((name + ".").startswith(layer + ".") for name, _ in model.named_parameters())'
        ),
        "found or name.startswith(layer": 'found or (name + ".").startswith(layer',
    },
    of="layers_with_parameters_only",
)
def unfreeze_from__parameters_for_layers():
    """The layer was looked for among the parameters' names. A ReLU or a pooling layer has none, and is refused, and the
    name of a parameter is taken for a layer's."""


@edit(
    {
        "if layer not in dict(model.named_modules())": (
            "if not any(name.startswith(layer) for name, _ in model.named_parameters())"
        ),
        'startswith(layer + ".")': "startswith(layer)",
    },
    of="layers_with_parameters_only",
)
def unfreeze_from__beginnings_of_parameters():
    """The name was compared with the beginnings of the parameters' names. A ReLU or a pooling layer has no parameters,
    and is refused; half a name or a parameter's is accepted."""


# ---- find_learning_rate ----


@edit({"geomspace": "linspace"}, of="geomspace")
def find_learning_rate__even_steps():
    """The rates are evenly spaced, so that nearly all are close to the highest, and none is small. Each is the one
    before times the same factor."""


@edit({"highest, steps)": "highest, steps + 1)[:steps]"}, of="geomspace")
def find_learning_rate__highest_never_reached():
    """The last rate is below `highest`: from the first of `steps` rates to the last there are `steps - 1`
    intervals."""


@edit(
    {
        "losses.append(loss.item())": (
            "loss.backward()\n"
            "optimizer.step()\n"
            "losses.append(loss_fn(model(images.to(device)), labels.to(device)).item())"
        ),
        (
            "if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):\n"
            "    break\n"
            "loss.backward()\n"
            "optimizer.step()"
        ): ("if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):\n    break"),
    },
    of="geomspace",
)
def find_learning_rate__loss_after_the_step():
    """The loss was measured after the step. Note the batch's loss before it."""


@edit(
    {
        ('for group in optimizer.param_groups:\n    group["lr"] = rate\noptimizer'): "optimizer",
        "optimizer.step()": ('optimizer.step()\nfor group in optimizer.param_groups:\n    group["lr"] = rate'),
    },
    of="geomspace",
)
def find_learning_rate__rate_set_after_the_step():
    """The rate was set after the step, so each step has the rate of the one before, and the first the one that the
    optimiser came with."""


@edit(
    {('for group in optimizer.param_groups:\n    group["lr"] = rate'): 'optimizer.param_groups[0]["lr"] = rate'},
    of="geomspace",
)
def find_learning_rate__first_group_only():
    """Only the first parameter group got the rate. There may be several, one for the head and one for the backbone."""


@edit({("optimizer.zero_grad()\nloss"): "loss"}, of="geomspace")
def find_learning_rate__no_zero_grad():
    """The gradients of all steps were added up. Clear them before each `backward`."""


@edit(
    {("optimizer.zero_grad()\nloss"): "loss", "optimizer.step()": ("optimizer.step()\noptimizer.zero_grad()")},
    of="geomspace",
)
def find_learning_rate__cleared_after_the_step():
    """The gradients are cleared after each step only, so what was left from before goes into the first one. Clear them
    before `backward`."""


@edit({"batches, strict": "loader, strict"}, of="geomspace")
def find_learning_rate__loader_once():
    """When the loader was through, the search was over. Begin with it again, until there were `steps` steps."""


@edit({"batch for _ in range(steps) for batch in loader": "next(iter(loader)) for _ in range(steps)"}, of="geomspace")
def find_learning_rate__first_batch_only():
    """Every step took the first batch: `iter(loader)` begins again each time. Keep the iterator to its end."""


@edit({"break": "pass"}, of="geomspace")
def find_learning_rate__no_early_end():
    """The search goes on after the loss has exploded. Nothing can be learnt from what comes then, and the plot is all
    explosion."""


@edit({"not np.isfinite(losses[-1]) or ": ""}, of="geomspace")
def find_learning_rate__nan_goes_on():
    """A loss that is not a number did not end the search: every comparison with nan is False. Ask for it by itself."""


@edit({"min(losses)": "losses[0]"}, of="geomspace")
def find_learning_rate__compared_with_the_first():
    """The loss was compared with the first one. It falls before it explodes: compare with the smallest so far."""


@edit(
    {
        (
            "rates.append(rate)\n"
            "losses.append(loss.item())\n"
            "if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):\n"
            "    break"
        ): (
            "if not np.isfinite(loss.item()) or loss.item() > 4 * min(losses, default=np.inf):\n"
            "    break\n"
            "rates.append(rate)\n"
            "losses.append(loss.item())"
        )
    },
    of="geomspace",
)
def find_learning_rate__exploded_one_left_out():
    """The loss that ended the search is missing. It is noted, too."""


@edit({"rates.append(rate)": "if not np.isfinite(loss.item()):\n    break\nrates.append(rate)"}, of="geomspace")
def find_learning_rate__not_finite_left_out():
    """A loss that is not finite ended the search and is missing. It is noted, too."""


@edit(
    {
        ("copy.deepcopy((model.state_dict(), optimizer.state_dict()"): (
            "model.state_dict(), copy.deepcopy(optimizer.state_dict("
        ),
    },
    of="geomspace",
)
def find_learning_rate__aliased_state():
    """The model keeps the weights of the last, far too large steps. `state_dict()` gives no copy but the tensors
    themselves, which training goes on changing: what you put back is what is already there."""


@edit(
    {
        "copy.deepcopy((model.state_dict(), optimizer.state_dict()": (
            "[p.detach().clone() for p in model.parameters()], copy.deepcopy(optimizer.state_dict("
        ),
        "model.load_state_dict(before[0])": (
            "with torch.no_grad():\n"
            "    for parameter, value in zip(model.parameters(), before[0], strict=True):\n"
            "        parameter.copy_(value)"
        ),
    },
    of="geomspace",
)
def find_learning_rate__parameters_only():
    """The weights are back, but batch norm's running averages are not: they are buffers, not parameters."""


@edit(
    {
        "optimizer.load_state_dict(before[1])": (
            'now = optimizer.state_dict()["param_groups"]\n'
            'optimizer.load_state_dict({**before[1], "param_groups": now})'
        )
    },
    of="geomspace",
)
def find_learning_rate__rate_stays_high():
    """The optimiser keeps the last rate, and training would begin with it."""


@edit(
    {
        "optimizer.load_state_dict(before[1])": (
            'for group, old in zip(optimizer.param_groups, before[1]["param_groups"], '
            "strict=True):\n"
            '    group["lr"] = old["lr"]'
        )
    },
    of="geomspace",
)
def find_learning_rate__momentum_stays():
    """The rates are back, but the optimiser's momentum is not: its first real step would follow the explosion."""


@edit({"(model.state_dict(), optimizer.state_dict())": "model.state_dict()), optimizer.state_dict("}, of="geomspace")
def find_learning_rate__optimizer_aliased():
    """`optimizer.state_dict()` gives no copy of the momentum but the tensors themselves, which go on changing. Copy
    it."""


@edit({"item())": "item() if not losses else 0.9 * losses[-1] + 0.1 * loss.item())"}, of="geomspace")
def find_learning_rate__smoothed():
    """These losses are smoothed, as some libraries do it. Return each batch's loss as it is."""


@edit({"rates, losses, device": ("model.train()\nrates, losses, device")}, of="geomspace")
def find_learning_rate__sets_training_mode():
    """The model was put into training mode, its frozen backbone, too. Modes stay as they are: the caller has set
    them."""


@edit(
    {
        ("losses.append(loss.item())\nif not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):"): (
            "losses.append(loss)\nif not torch.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):"
        )
    },
    of="geomspace",
)
def find_learning_rate__tensors():
    """The losses are tensors, each with the graph of its batch. Return plain floats: `.item()`."""


@edit(
    {
        "(batch for _ in range(steps) for batch in loader)": (
            "(batch for kept in [list(loader)] * steps for batch in kept)"
        ),
    },
    of="geomspace",
)
def find_learning_rate__every_batch_kept():
    """The loader was gone through once, and its batches used again and again: a list or `itertools.cycle` keeps them. A
    loader that shuffles gives another order each time, and memory runs full."""


@edit({"images.to(device)": "images", "labels.to(device)": "labels"}, of="geomspace")
def find_learning_rate__batches_not_moved():
    """The batches were not moved to the device of the model. On a CPU nobody notices; with the model on a GPU it stops
    at the first batch."""


@edit({"labels.to(device)": "labels"}, of="geomspace")
def find_learning_rate__labels_not_moved():
    """The images were moved to the device of the model, the labels were not. The loss needs both in one place."""


@edit({"break": "return rates, losses"}, of="geomspace")
def find_learning_rate__undone_only_at_the_end():
    """Where the search ends early, nothing is put back: the function returns before it comes to that."""


@edit({"losses[-1] > 4 * min(losses": "(len(losses) > 1 and losses[-1] >= 4 * min(losses)"}, of="geomspace")
def find_learning_rate__from_four_times_on():
    """A loss of exactly 4 times the smallest ended the search. It ends where a loss is more than that."""


@edit({"min(losses)": "losses[-2:][0]"}, of="geomspace")
def find_learning_rate__compared_with_the_loss_before():
    """The loss was compared with the one before it. Compare with the smallest so far."""


@edit({"> 4 *": "> 1.5 *"}, of="geomspace")
def find_learning_rate__ends_at_any_rise():
    """The search ended where the loss rose a little. One batch is harder than the next: it ends above 4 times
    the smallest."""


@edit({" loss_fn(": " nn.functional.cross_entropy("}, of="geomspace")
def find_learning_rate__cross_entropy_always():
    """The loss is always the cross-entropy. Use `loss_fn`, which the caller has given."""


@edit(
    {"loss.item())": "(losses[-1] * len(losses) + loss.item()) / (len(losses) + 1) if losses else loss.item())"},
    of="geomspace",
)
def find_learning_rate__running_mean():
    """This is the mean of the losses so far. Note the loss of each batch."""


@edit({" steps).": " steps + 1)."}, of="geomspace")
def find_learning_rate__one_step_too_many():
    """There is one step more than there should be. `steps` is the number of all steps."""


@edit({("loss.backward()\noptimizer.step()"): "loss.backward()"}, of="geomspace")
def find_learning_rate__no_step():
    """The optimiser never made a step, so that the losses are those of an untouched model."""


@edit(
    {
        "batches = (batch for _ in range(steps) for batch in loader)": (
            "modes = [(part, part.training) for part in model.modules()]\n"
            "model.eval()\n"
            "batches = (batch for _ in range(steps) for batch in loader)"
        ),
        "return rates, losses": ("for part, mode in modes:\n    part.training = mode\nreturn rates, losses"),
    },
    of="geomspace",
)
def find_learning_rate__eval_mode():
    """The model was put into eval mode for the trial, and back. Its modes stay as they are throughout: batch norm
    does what it does in training."""


@edit({"not np.isfinite(losses[-1])": "losses[-1] != losses[-1]"}, of="geomspace")
def find_learning_rate__infinite_first_loss():
    """An infinite loss did not end the search where it was the first one: nothing is more than 4 times infinity. Ask
    whether it is finite."""


@edit({"return rates, losses": "return np.array(rates), np.array(losses)"}, of="geomspace")
def find_learning_rate__arrays():
    """These are NumPy arrays. Return two lists of floats."""


@edit({"lowest, highest": "highest, lowest"}, of="geomspace")
def find_learning_rate__downwards():
    """The rates run from the highest to the lowest. Begin with the lowest."""


@edit({"return rates, losses": "return losses, rates"}, of="geomspace")
def find_learning_rate__swapped():
    """The two lists have changed places: first the rates, then the losses."""


@edit({"labels.to(device)": "labels.to(device).long()"}, of="geomspace")
def find_learning_rate__labels_made_integers():
    """The labels were made integers. Not every loss is a cross-entropy: hand them to `loss_fn` as they come."""


@edit({"losses.append(loss.item())": "losses.append(round(loss.item(), 4))"}, of="geomspace")
def find_learning_rate__rounded():
    """The losses were rounded, so that small ones became 0. Round when you print, not before."""


@edit({"optimizer.step()": "nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()"}, of="geomspace")
def find_learning_rate__clipped():
    """The gradients were clipped before the step. That helps some trainings, but here the step is that of the optimiser
    alone."""


@edit({"or losses[-1] > 4": "or len(losses) > 2 and losses[-1] > 4"}, of="geomspace")
def find_learning_rate__first_two_never_end():
    """The second loss never ended the search, however large it was. From the second on each is compared."""


@edit({"losses[-1] > 4 * min(losses)": "0 < 4 * min(losses) < losses[-1]"}, of="geomspace")
def find_learning_rate__nothing_is_more_than_0():
    """A smallest loss of 0 was taken for none at all. Any loss above 0 is more than 4 times 0, and ends the search."""


@edit({"min(losses)": "(sum(losses) / len(losses))"}, of="geomspace")
def find_learning_rate__compared_with_the_mean():
    """The loss was compared with the mean of all so far. Compare with the smallest."""


@edit(
    {"copy.deepcopy((model.state_dict(), optimizer.state_dict()))": "model.state_dict(), optimizer.state_dict()"},
    of="geomspace",
)
def find_learning_rate__both_aliased():
    """The weights and the optimiser's momentum are still those of the last, far too large steps. `state_dict()` gives
    no copies but the tensors themselves, which training goes on changing."""


@edit(
    {
        "optimizer.load_state_dict(before[1])": (
            'if before[1]["state"]:\n'
            "    optimizer.load_state_dict(before[1])\n"
            'for group, old in zip(optimizer.param_groups, before[1]["param_groups"], strict=True):\n'
            '    group["lr"] = old["lr"]'
        )
    },
    of="geomspace",
)
def find_learning_rate__memory_of_a_new_optimiser():
    """An optimiser that had made no step before remembers those of the trial. Take away what it had not, too."""


@edit(
    {
        "batches = (": "modes = [(part, part.training) for part in model.modules()]\nmodel.train()\nbatches = (",
        "return rates, losses": "for part, mode in modes:\n    part.training = mode\nreturn rates, losses",
    },
    of="geomspace",
)
def find_learning_rate__training_mode_for_the_trial():
    """The model was put into training mode for the trial, and back. Its modes stay as they are throughout: a part may
    be in eval mode on purpose."""


@edit({"device = next(": "torch.set_grad_enabled(True)\ndevice = next("})
def find_learning_rate__gradients_on_for_good():
    """Gradients are switched on afterwards, whatever they were before. `with torch.enable_grad():` puts back what it
    found."""


# ---- suggest_learning_rate ----


@edit({"np.gradient(losses, np.log(rates)).argmin()": "losses.argmin()"}, of="filtered")
def suggest_learning_rate__lowest_loss():
    """This is the rate with the lowest loss. There it no longer falls: the next larger rate makes it rise. Look for
    where it falls fastest."""


@edit({"np.gradient(losses, np.log(rates)).argmin()]": "losses.argmin()] / 10"}, of="filtered")
def suggest_learning_rate__tenth_of_the_lowest():
    """This is a tenth of the rate with the lowest loss, a rule of thumb. Look for where the loss falls fastest."""


@edit({"np.log(rates)": "rates"}, of="filtered")
def suggest_learning_rate__against_the_rate():
    """This is the slope against the rate itself. The smallest rates lie so close together that any noise among them is
    steeper than the real fall: use the logarithm."""


@edit({", np.log(rates)": ""}, of="filtered")
def suggest_learning_rate__against_the_step():
    """This is the slope against the number of the step. If the rates are not evenly spaced, it is another one: give
    `np.gradient` the logarithms, too."""


@edit({"argmin": "argmax"}, of="filtered")
def suggest_learning_rate__rises_fastest():
    """Here the loss *rises* fastest: that slope is the largest, not the smallest."""


@edit(
    {"np.gradient(losses, np.log(rates)).argmin()": "np.abs(np.gradient(losses, np.log(rates))).argmax()"},
    of="filtered",
)
def suggest_learning_rate__steepest_either_way():
    """The sign of the slope was dropped, so the steepest rise counts as well as the steepest fall."""


@edit(
    {"np.gradient(losses, np.log(rates)).argmin()": "np.abs(np.gradient(losses, np.log(rates))).argmin()"},
    of="filtered",
)
def suggest_learning_rate__flattest():
    """This is where the slope is nearest to 0: there the loss changes least."""


@edit(
    {"np.gradient(losses, np.log(rates)).argmin()": "(np.diff(losses) / np.diff(np.log(rates))).argmin()"},
    of="filtered",
)
def suggest_learning_rate__difference():
    """`np.diff` gives the slope between two rates, not at one, and is one shorter. `np.gradient` looks to both
    sides."""


@edit({("rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]\nreturn"): "return"}, of="filtered")
def suggest_learning_rate__not_finite():
    """A loss that is not finite spoils the slopes beside it: `argmin` takes a nan for the smallest. Leave such pairs
    out."""


@edit(
    {
        "rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]": (
            "losses = np.where(np.isfinite(losses), losses, np.nan)"
        ),
        "np.gradient(losses, np.log(rates)).argmin()": "np.nanargmin(np.gradient(losses, np.log(rates)))",
    },
    of="filtered",
)
def suggest_learning_rate__left_out_after_the_slopes():
    """Pairs whose loss is not finite were left out only after the slopes: then their neighbours have no slope, or
    another one. Leave them out first."""


@edit({"rates[np.isfinite(losses)]": "rates[: np.isfinite(losses).sum()]"}, of="filtered")
def suggest_learning_rate__index_shifted():
    """The losses that are not finite were left out, their rates were not. Behind the gap, every loss has another one's
    rate."""


@edit(
    {
        "rates[np.gradient(losses, np.log(rates)).argmin()": (
            "rates[1:-1][np.gradient(losses, np.log(rates))[1:-1].argmin()"
        ),
    },
    of="filtered",
)
def suggest_learning_rate__without_the_ends():
    """The first and the last rate were left out. `np.gradient` knows a slope there, too."""


@edit(
    {"rates[np.gradient(losses, np.log(rates)).argmin()]": "np.gradient(losses, np.log(rates)).argmin()"}, of="filtered"
)
def suggest_learning_rate__index():
    """This is the place in the list. Return the rate that stands there."""


@edit({"(rates[": "(np.log(rates)["}, of="filtered")
def suggest_learning_rate__logarithm():
    """This is the logarithm of the rate. Return the rate itself."""


@edit(
    {
        "rates[np.gradient(losses, np.log(rates)).argmin()]": (
            "rates[::-1][np.gradient(losses, np.log(rates))[::-1].argmin()]"
        ),
    },
    of="filtered",
)
def suggest_learning_rate__last_of_equals():
    """Where several rates share the smallest slope you took the last. Take the first."""


@edit({"(losses, np": "(np.log(losses), np"}, of="filtered")
def suggest_learning_rate__logarithm_of_the_loss():
    """This is the slope of the loss's logarithm. Only the rates' axis is logarithmic."""


@edit(
    {"return": ("end = max(2, int(losses.argmin()) + 1)\nrates, losses = rates[:end], losses[:end]\nreturn")},
    of="filtered",
)
def suggest_learning_rate__up_to_the_lowest():
    """Only the rates before the lowest loss were looked at, and its own slope is another one without what comes after.
    Look at the whole curve."""


@edit({"return": ("if len(rates) > 17:\n    rates, losses = rates[10:-5], losses[10:-5]\nreturn")}, of="filtered")
def suggest_learning_rate__as_a_library_does():
    """The first ten and the last five rates were skipped, as a well-known library does. Look at all."""


@edit(
    {
        "return": (
            "means = [losses[0]]\nfor loss in losses[1:]:\n    means.append(0.7 * means[-1] + 0.3 * loss)\nreturn"
        ),
        "(losses, np": "(means, np",
    },
    of="filtered",
)
def suggest_learning_rate__smoothed():
    """The losses were smoothed first, which moves the steepest place. Take them as they are."""


@edit({"(rates[": "(np.exp(np.log(rates) + 1e-12)["}, of="filtered")
def suggest_learning_rate__computed_anew():
    """The last digits of the rate differ from those in the list: it was rounded to float32, or computed back from its
    logarithm. Return the one from the list."""


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


@edit(
    {
        "rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]": (
            "losses = np.where(np.isfinite(losses), losses, losses[np.isfinite(losses)].max())"
        ),
    },
    of="filtered",
)
def suggest_learning_rate__gaps_filled():
    """Losses that are not finite were filled in with other numbers, which have slopes, too. Leave such pairs out."""


@edit(
    {
        "rates, losses = np.asarray": (
            "for i in reversed(range(len(losses))):\n"
            "    if not np.isfinite(losses[i]):\n"
            "        del losses[i], rates[i]\n"
            "rates, losses = np.asarray"
        )
    },
    of="filtered",
)
def suggest_learning_rate__lists_changed():
    """The caller's lists have become shorter. Work on copies."""


@edit(
    {"np.gradient(losses, np.log(rates)).argmin()": "max(np.gradient(losses, np.log(rates)).argmin() - 1, 0)"},
    of="filtered",
)
def suggest_learning_rate__before_the_step():
    """The slopes were found, but the rate is one place too early."""


@edit({"float(": "torch.tensor("}, of="filtered")
def suggest_learning_rate__a_tensor():
    """This is a tensor or an array with one number. Return a plain float."""


@edit(
    {"np.gradient(losses, np.log(rates)).argmin()": "(np.diff(losses) / np.diff(np.log(rates))).argmin() + 1"},
    of="filtered",
)
def suggest_learning_rate__later_of_two():
    """This is the later end of the steepest piece between two rates. `np.gradient` gives the slope at each rate, from
    both neighbours."""


@edit(
    {
        "rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]": (
            "kept = np.isfinite(losses) & (losses > 0)\nrates, losses = rates[kept], losses[kept]"
        )
    },
    of="filtered",
)
def suggest_learning_rate__losses_of_0_left_out():
    """Losses of 0 were left out as well. Leave out those that are not finite, and no others."""


@edit({"gradient(losses, np.log(rates)).": "divide(np.gradient(losses), np.gradient(np.log(rates)))."}, of="filtered")
def suggest_learning_rate__ratio_of_gradients():
    """Two gradients against the number of the step were divided by each other. Where the rates are not evenly spaced,
    that is another slope: give `np.gradient` the logarithms, too."""


# ---- most_confused ----


@edit({"i], categories[j": "j], categories[i"}, of="by_index")
def most_confused__transposed():
    """Actual and predicted have changed places: a row is what an image shows, a column what it was taken for."""


@edit({"i != j and ": ""}, of="by_index")
def most_confused__diagonal():
    """The most frequent entries are on the diagonal: these are the ones that were recognised."""


@edit({" and matrix[i, j] > 0": ""}, of="by_index")
def most_confused__zeros():
    """Pairs that were never confused are in the list. Let it end where the mistakes end."""


@edit(
    {
        "int(matrix[i, j])": "int(matrix[i, j] + matrix[j, i])",
        "for j in range(len(matrix))": "for j in range(i + 1, len(matrix))",
        "i != j and matrix[i, j] > 0": "matrix[i, j] + matrix[j, i] > 0",
    },
    of="by_index",
)
def most_confused__both_directions():
    """The two directions were added up. A cat taken for a dog is another mistake than a dog taken for a cat."""


@edit({" -pair": " pair"}, of="by_index")
def most_confused__ascending():
    """The rarest mistakes come first. Return the most frequent ones."""


@edit({"-pair[2])": "pair[2])[::-1]"}, of="by_index")
def most_confused__ties_reversed():
    """Equally frequent mistakes are in the wrong order: to sort upwards and then turn the list around turns them
    around, too."""


@edit(
    {
        ("for i in range(len(matrix))\nfor j in range(len(matrix))"): (
            "for j in range(len(matrix))\nfor i in range(len(matrix))"
        )
    },
    of="by_index",
)
def most_confused__ties_by_column():
    """Equally frequent mistakes come column by column. Keep the order of the matrix, row by row."""


def most_confused__per_row(matrix, categories, count):
    """Only the most frequent mistake of each row is there. Two of the worst may be in one row."""
    pairs = []
    for i, row in enumerate(matrix.tolist()):
        others = [(times, -j) for j, times in enumerate(row) if i != j and times > 0]
        if others:
            times, j = max(others)
            pairs.append((categories[i], categories[-j], times))
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


@edit({"[:count]": ""}, of="by_index")
def most_confused__count_ignored():
    """All mistakes came back. Return the `count` most frequent ones."""


@edit({"categories[i], categories[j]": "i, j"}, of="by_index")
def most_confused__numbers_for_names():
    """These are numbers of rows and columns. Return the names, which `categories` has."""


@edit({"int(matrix[i, j])": "matrix[i, j]"}, of="by_index")
def most_confused__tensors():
    """The counts are tensors of one number each. Return plain integers: `int(…)` or `.tolist()`."""


@edit(
    {"pairs = [": ("matrix = matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)\npairs = ["), " int(": " float("},
    of="by_index",
)
def most_confused__shares():
    """These are shares of each row, which also changes their order. Return counts."""


@edit({"pairs = [": ("matrix.fill_diagonal_(0)\npairs = [")}, of="by_index")
def most_confused__matrix_changed():
    """The caller's matrix has lost its diagonal. Work on a copy, `matrix.clone()`; `.numpy()` makes none."""


@edit({"-pair[2]": "(-pair[2], pair[0], pair[1])"}, of="by_index")
def most_confused__ties_by_name():
    """Equally frequent mistakes are in the order of their names. Keep the order of the matrix."""


@edit({"i != j": "i < j"}, of="by_index")
def most_confused__upper_half():
    """Only pairs above the diagonal are there. A dog taken for a cat stands below it."""


@edit({"> 0": "> 1"}, of="by_index")
def most_confused__more_than_once():
    """Mistakes that happened once are missing. Only those that never happened do not belong in the list."""


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


@edit({" int(": " float("}, of="by_index")
def most_confused__floats():
    """The counts are whole numbers, but floats. Make them ints."""


def most_confused__array_numbers(matrix, categories, count):
    """The counts are NumPy numbers. Return plain ints: `int(…)` or `.tolist()`."""
    table = matrix.numpy()
    pairs = [(categories[i], categories[j], table[i, j]) for i, j in np.argwhere(table) if i != j]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__squeezed(matrix, categories, count):
    """`squeeze()` removes every axis of length 1, so that a single mistake is no list any more."""
    wrong = matrix.clone().fill_diagonal_(0)
    places = wrong.nonzero().squeeze()
    pairs = [(categories[i], categories[j], int(wrong[i, j])) for i, j in places.tolist()]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


@edit({":count]": ": count + 1]"}, of="by_index")
def most_confused__one_too_many():
    """There is one pair too many. Return at most `count`."""


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


@edit({"i != j": "categories[i] != categories[j]"}, of="by_index")
def most_confused__compared_by_name():
    """Whether a prediction is right was decided by the names. Two classes may have the same name: go by their
    places."""


@edit(
    {
        "return sorted(pairs": (
            "pairs = [(*names, times) for names, times in {pair[:2]: pair[2] for pair in pairs}.items()]\n"
            "return sorted(pairs"
        )
    },
    of="by_index",
)
def most_confused__names_as_keys():
    """The names are the keys of a dict. Where two classes have the same name, one entry has replaced the other."""


@edit(
    {"pairs = [": "matrix = matrix * len(matrix) ** 2 // len(matrix) ** 2\npairs = ["},
    of="by_index",
)
def most_confused__overflows():
    """The counts were multiplied on the way, and became too large for 32 bits."""


@edit(
    {
        "i != j": "categories[i] != categories[j]",
        "return sorted(pairs": (
            "pairs = [(*names, times) for names, times in {pair[:2]: pair[2] for pair in pairs}.items()]\n"
            "return sorted(pairs"
        ),
    },
    of="by_index",
)
def most_confused__names_for_classes():
    """Classes were told apart by their names alone, also which predictions are right. Two classes may have the same
    name: go by their places."""


@edit({"[:count]": "[: count or None]"}, of="by_index")
def most_confused__none_means_all():
    """Where none is asked for, all came back. Return at most `count`, and 0 is a count, too."""


# ---- predict_with_mirror ----


@edit(
    {
        (
            "(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2"
        ): "((twin(images) + twin(images.flip(3))) / 2).softmax(1)",
    },
    of="plain_copy",
)
def predict_with_mirror__mean_of_logits():
    """The logits were averaged, and the softmax taken of that. Return the mean of the probabilities: first the
    softmax."""


@edit(
    {"(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2": "(twin(images) + twin(images.flip(3))) / 2"},
    of="plain_copy",
)
def predict_with_mirror__logits():
    """These are logits. The softmax makes probabilities of them, before the mean is taken."""


@edit({"flip(3))": "flip(2))"}, of="plain_copy")
def predict_with_mirror__upside_down():
    """The images stand on their heads: axis 2 is the height. A mirror swaps left and right."""


@edit({"flip(3))": "flip(1))"}, of="plain_copy")
def predict_with_mirror__colours():
    """Axis 1 holds the colours: red and blue have changed places. A mirror swaps left and right."""


@edit({"flip(3))": "flip(0))"}, of="plain_copy")
def predict_with_mirror__batch():
    """Axis 0 is the batch: the first image got the last one's opinion. A mirror swaps left and right."""


@edit(
    {"(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2": "twin(images.flip(3)).softmax(1)"},
    of="plain_copy",
)
def predict_with_mirror__mirror_only():
    """Only the mirror image was asked about. Its answer is as good as the other, and the mean is better than both."""


@edit({") / 2": ")"}, of="plain_copy")
def predict_with_mirror__sum():
    """The two were added, and not divided by 2: the results of an image add up to 2."""


@edit(
    {
        (
            "(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2"
        ): "twin((images + images.flip(3)) / 2).softmax(1)",
    },
    of="plain_copy",
)
def predict_with_mirror__mean_of_images():
    """Image and mirror image were averaged into one, with a ghost of the bird on both sides. Ask about each, and
    average the answers."""


@edit(
    {
        (
            "(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2"
        ): "twin(torch.cat([images, images.flip(3)])).softmax(1)",
    },
    of="plain_copy",
)
def predict_with_mirror__twice_as_many():
    """There are two rows for each image: its own and its mirror image's. Return one, the mean of both."""


@edit({"eval_mode(model), ": ""})
def predict_with_mirror__training_mode():
    """The model was not put into eval mode: dropout drops, and batch norm takes and stores the statistics of these
    images."""


@edit({"copy.deepcopy(model)": "model"}, of="plain_copy")
def predict_with_mirror__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


def predict_with_mirror__one_mode_for_all(model, images):
    """`train()` and `eval()` set all parts alike, and some had another mode than the model itself. Note the mode of
    each."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        mean = (model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)) / 2
    model.train(mode)
    return mean


@edit({("with torch.no_grad():\n    return"): "return"}, of="plain_copy")
def predict_with_mirror__gradients():
    """The probabilities carry a graph, and with it all that was computed on the way. `eval()` does not prevent
    that."""


@edit(
    {
        "(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2": (
            "((twin(images).log_softmax(1) + twin(images.flip(3)).log_softmax(1)) / 2).exp()"
        ),
    },
    of="plain_copy",
)
def predict_with_mirror__geometric_mean():
    """The logarithms of the probabilities were averaged. Average the probabilities themselves."""


@edit(
    {
        "(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2": (
            "torch.maximum(twin(images).softmax(1), twin(images.flip(3)).softmax(1))"
        ),
    },
    of="plain_copy",
)
def predict_with_mirror__larger_one():
    """This is the larger of the two probabilities. Return their mean."""


@edit({"(twin": "((twin", "/ 2": "/ 2).argmax(1)"}, of="plain_copy")
def predict_with_mirror__classes():
    """These are the numbers of the most probable classes. Return the mean probabilities, a row for each image."""


@edit({"flip(3)": "flip(2, 3)"}, of="plain_copy")
def predict_with_mirror__turned():
    """The images were turned by 180 degrees: both axes are reversed. A mirror reverses one, left and right."""


@edit({"flip(": "transpose(2, "}, of="plain_copy")
def predict_with_mirror__transposed():
    """Rows and columns have changed places. A mirror keeps each row, and reverses it."""


@edit(
    {
        ("(twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2"): (
            "(twin(images).softmax(0) + twin(images.flip(3)).softmax(0)) / 2"
        ),
    },
    of="plain_copy",
)
def predict_with_mirror__over_the_images():
    """The softmax runs over the images of the batch. The probabilities of one image add up to 1: the other axis."""


@edit(
    {
        "twin(images).softmax(1) + twin(images.flip(3)).softmax(1)": (
            "sum(e / e.sum(1, keepdim=True) for e in (twin(images).exp(), twin(images.flip(3)).exp()))"
        ),
    },
    of="plain_copy",
)
def predict_with_mirror__exp_overflows():
    """`exp` of a large logit is infinite, and infinity divided by infinity is nan. `softmax` subtracts the largest
    logit first."""


@edit({"(twin": "((twin", "/ 2": "/ 2).squeeze()"}, of="plain_copy")
def predict_with_mirror__squeezed():
    """`squeeze()` removes every axis of length 1, also that of a single image. The result is (N, classes) for N = 1,
    too."""


@edit({"images.flip(3)": "images"}, of="plain_copy")
def predict_with_mirror__not_mirrored():
    """The same images were asked about twice. `flip` returns a new tensor and changes nothing in place."""


@edit({"flip(": "roll(1, "}, of="plain_copy")
def predict_with_mirror__shifted():
    """The columns were moved on by one place, not reversed. That is `roll`; a mirror is `flip`."""


@edit({"images.flip(3)": "images.copy_(images.flip(3))"}, of="plain_copy")
def predict_with_mirror__images_changed():
    """The caller's images are mirrored afterwards. Work on a copy."""


@edit({("with torch.no_grad():\n    return"): ("torch.set_grad_enabled(False)\nreturn")}, of="plain_copy")
def predict_with_mirror__gradients_off_for_good():
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""


@edit({("with torch.no_grad():\n    return ("): "return ((", "/ 2": "/ 2).detach()"}, of="plain_copy")
def predict_with_mirror__detached_late():
    """All that a gradient would need was stored on the way, and thrown away at the end. Ask under
    `torch.no_grad()`."""


@edit({"(twin": "((twin", "/ 2": "/ 2).tolist()"}, of="plain_copy")
def predict_with_mirror__list():
    """This is a list of numbers. Return a tensor."""


@edit({"return (": "return ((", "/ 2": "/ 2).round(decimals=4)"}, of="plain_copy")
def predict_with_mirror__rounded():
    """The probabilities were rounded, and small ones became 0. Round when you print, not before."""


@edit(
    {
        "with torch.no_grad():\n    return": "torch.set_grad_enabled(False)\nmean =",
        "/ 2": "/ 2\ntorch.set_grad_enabled(True)\nreturn mean",
    },
    of="plain_copy",
)
def predict_with_mirror__gradients_on_for_good():
    """Gradients are switched on at the end, whatever they were before. `with torch.no_grad():` puts back what it
    found."""


# ---- filters ----


def filters__per_filter(model, layer):
    """Every filter has a scale of its own, so a filter that hardly does anything looks as strong as all others. There
    is one scale for the whole layer."""
    weight = model.get_submodule(layer).weight.detach()
    low, high = weight.amin(dim=(1, 2, 3), keepdim=True), weight.amax(dim=(1, 2, 3), keepdim=True)
    return (weight - low) / torch.where(high > low, high - low, 1.0)


@edit({"amin(dim=(1, 2, 3)": "amin(dim=(0, 2, 3)", "amax(dim=(1, 2, 3)": "amax(dim=(0, 2, 3)"}, of="per_filter")
def filters__per_channel():
    """Every channel has a scale of its own, which changes the colours. There is one scale for the whole layer."""


@edit({"(span if span > 0 else 1)": "span"})
def filters__divided_by_zero():
    """Where all weights are the same, largest minus smallest is 0, and 0 / 0 is not a number. Such a layer becomes all
    0."""


@edit(
    {
        "(weight - weight.min()) / (span if span > 0 else 1)": (
            "(weight - weight.min()) / span if span > 0 else weight.clone()"
        ),
    },
)
def filters__constant_is_kept():
    """If all weights are the same they were left as they are. They become 0: there is nothing to see."""


@edit({"(span if span > 0 else 1)": "(span + 1e-5)"})
def filters__large_epsilon():
    """A small number was added to the span to avoid 0 / 0. Next to small weights it is not small: the largest no
    longer becomes 1."""


def filters__weights_changed(model, layer):
    """The network is spoilt: `-=` and `/=` wrote into its weights, since `.data` and
    `.detach()` are no copies."""
    weight = model.get_submodule(layer).weight.data
    weight -= weight.min()
    weight /= weight.max() if weight.max() > 0 else 1
    return weight


@edit({".detach()": ""})
def filters__not_detached():
    """The result hangs on to the model's graph unless the layer happens to be frozen. Detach it."""


@edit({"(weight - weight.min()) / (span if span > 0 else 1)": "weight / weight.abs().max().clamp(min=1e-30)"})
def filters__by_the_largest():
    """The weights were divided by the largest absolute value: they lie between -1 and 1, and negative ones cannot be
    shown."""


@edit({"(weight - weight.min()) / (span if span > 0 else 1)": "weight.clamp(0, 1)"})
def filters__clipped():
    """What is below 0 or above 1 was cut off. Every negative weight looks the same then; scale them."""


@edit(
    {"(weight - weight.min()) / (span if span > 0 else 1)": "(weight - weight.mean()) / weight.std().clamp(min=1e-30)"}
)
def filters__standardised():
    """Mean 0 and deviation 1 is another scale. The smallest weight becomes 0 and the largest 1."""


@edit({"detach()": "detach().permute(0, 2, 3, 1)"})
def filters__for_matplotlib():
    """The channels have moved to the end, as matplotlib wants it. Return (F, C, kh, kw)."""


@edit({"get_submodule(layer)": 'features[int(layer.split(".")[1])]'})
def filters__by_number():
    """The layer was looked for by its number in `features`. Other networks have other names, and layers inside layers:
    `get_submodule` knows them all."""


@edit({"(span if span > 0 else 1)": "(span + 1e-8)"})
def filters__tiny_epsilon():
    """A small number was added to the span to avoid 0 / 0. Next to tiny weights it is large: the largest no longer
    becomes 1."""


@edit(
    {
        "(weight - weight.min()) / (span if span > 0 else 1)": (
            "(weight - weight.min()) / span if span > 1e-6 else torch.zeros_like(weight)"
        ),
    },
)
def filters__nearly_the_same():
    """Weights that differ little were taken for equal, and became 0. However small the span: 0 to 1."""


@edit({"return (weight": "return 255 * (weight"})
def filters__bytes():
    """The numbers go from 0 to 255. Return numbers from 0 to 1."""


@edit(
    {
        "(weight - weight.min()) / (span if span > 0 else 1)": (
            "2 * (weight - weight.min()) / span - 1 if span > 0 else torch.zeros_like(weight)"
        ),
    },
)
def filters__from_minus_one():
    """The numbers go from -1 to 1. Return numbers from 0 to 1."""


@edit({"detach()": "detach().abs()"})
def filters__absolute_values():
    """The signs are gone: a large negative weight looks like a large positive one. Scale the weights themselves."""


@edit({"(span if span": "(weight.max() if span"})
def filters__divided_by_the_largest():
    """The smallest weight was subtracted, and the result divided by the largest weight. Divide by the largest minus the
    smallest."""


@edit(
    {
        ("(weight - weight.min()) / (span if span > 0 else 1)"): (
            "((weight - weight.min()) / (span if span > 0 else 1))[:, 0]"
        ),
    },
)
def filters__first_channel():
    """Only the first channel of each filter is there. Return all of them: (F, C, kh, kw)."""


@edit({"(weight - weight.min()) / (span if span > 0 else 1)": "weight.sigmoid()"})
def filters__softmax():
    """The numbers were squeezed through a curve, which changes their distances. The scale is linear."""


@edit(
    {
        "(weight - weight.min()) / (span if span > 0 else 1)": (
            "(weight - weight.min()) / span if span > 0 else torch.ones_like(weight)"
        ),
    },
)
def filters__constant_is_one():
    """If all weights are the same, all became 1. They become 0."""


@edit({"weight - weight.min())": "weight.max() - weight)"})
def filters__reversed():
    """The scale is turned around: the largest weight became 0 and the smallest 1."""


@edit({"detach(": "requires_grad_(False"})
def filters__frozen():
    """The layer is frozen afterwards: `requires_grad_(False)` changes the model's own parameter. Detach instead."""


def filters__with_the_bias(model, layer):
    """The layer's bias helped to set the scale. Only the weights count."""
    part = model.get_submodule(layer)
    weight = part.weight.detach()
    both = weight.flatten() if part.bias is None else torch.cat([weight.flatten(), part.bias.detach()])
    span = both.max() - both.min()
    return (weight - both.min()) / (span if span > 0 else 1)


@edit(
    {
        "(weight - weight.min()) / (span if span > 0 else 1)": (
            "((weight - weight.min()) / (span if span > 0 else 1)).numpy()"
        ),
    },
)
def filters__array():
    """The result is a NumPy array. Return a tensor instead."""


@edit({"(weight - weight.min()) / (span if span > 0 else 1)": "weight.clone()"})
def filters__as_they_are():
    """These are the weights as they are. Scale them to 0 … 1."""


@edit({"amin(dim=(1, 2, 3)": "amin(dim=(2, 3)", "amax(dim=(1, 2, 3)": "amax(dim=(2, 3)"}, of="per_filter")
def filters__kernel_by_kernel():
    """Every channel of every filter has a scale of its own. There is one scale for the whole layer."""


@edit({"span = ": "if weight.min() == 0 and weight.max() == 1:\n    return weight\nspan = "})
def filters__ready_ones_shared():
    """Weights that go from 0 to 1 already are returned as they are, and share the model's memory. Return a copy of
    these, too."""


# ---- feature_maps ----


@edit({"clone": "detach"}, of="lambdas")
def feature_maps__changed_in_place():
    """An in-place ReLU behind the layer wrote into the map that you kept: it has no negative numbers any more.
    `detach` and an index make no copies."""


@edit({"MaxPool2d)": "MaxPool2d, nn.Linear)"}, of="lambdas")
def feature_maps__dense_layers_too():
    """Dense layers are in the dict, too. Return convolutions and max-pooling layers."""


@edit({"MaxPool2d)": "MaxPool2d, nn.ReLU)"}, of="lambdas")
def feature_maps__activations_too():
    """The ReLUs are in the dict, too. Return convolutions and max-pooling layers."""


@edit({"isinstance(part, (nn.Conv2d, nn.MaxPool2d": "not list(part.children("}, of="lambdas")
def feature_maps__all_layers():
    """Every layer is in the dict. Return convolutions and max-pooling layers."""


@edit({"(nn.Conv2d, nn.MaxPool2d)": "nn.Conv2d"}, of="lambdas")
def feature_maps__convolutions_only():
    """The max-pooling layers are missing: return them and the convolutions."""


@edit({"clone": "relu"}, of="lambdas")
def feature_maps__after_the_activation():
    """Each convolution's map is what its ReLU made of it. Return what the convolution itself gives out."""


@edit({"output[0].": "output."}, of="lambdas")
def feature_maps__batch_axis():
    """The batch axis is still there. One image has maps of shape (C, H, W)."""


@edit({"return maps": "return {name: maps[name] for name, _ in model.named_modules() if name in maps}"}, of="lambdas")
def feature_maps__order_of_the_list():
    """The dict has the order of `named_modules()`, in which the layers were made. Return the order in which they
    run."""


@edit({("with torch.no_grad():\n    model"): "model"}, of="lambdas")
def feature_maps__gradients():
    """The maps carry a graph, and with it all that was computed. `eval()` does not prevent that."""


@edit({".eval()": ""}, of="lambdas")
def feature_maps__training_mode():
    """The model was not put into eval mode: batch norm took the statistics of this one image."""


@edit(
    {", name=name: maps.update({name: output[0].clone()}))": ": maps.update({name: output[0].clone()}))"},
    of="lambdas",
)
def feature_maps__late_names():
    """All hooks wrote under the same name: a function made in a loop looks `name` up when it is called, and then the
    loop is over."""


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


@edit({"handles.append(part.register_forward_hook(keep(name)))": "part.register_forward_hook(keep(name))"})
def feature_maps__hooks_stay():
    """The hooks are still there afterwards. Everyone who uses the model from now on pays for them:
    `handle.remove()`."""


def feature_maps__hooks_stay_after_an_error(model, image):
    """Where the model raises an error, the hooks stay. Put what has to happen in any case into `finally`."""
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


@edit(
    {
        " = {}, [": ", modes = {}, [], [(part, part.training) for part in model.modules()",
        "return maps": ("for part, mode in modes:\n    part.training = mode\nreturn maps"),
    },
    of="stays_in_eval",
)
def feature_maps__eval_after_an_error():
    """Where the model raises an error, it stays in eval mode. Put what has to happen in any case into
    `finally`."""


@edit(
    {
        "isinstance(part, (nn.Conv2d, nn.MaxPool2d))": (
            '"Conv" in type(part).__name__ or "MaxPool" in type(part).__name__'
        ),
    },
    of="lambdas",
)
def feature_maps__names_that_resemble():
    """Layers were chosen by a part of their type's name. A transposed convolution and an adaptive pooling are other
    types: ask with `isinstance`."""


@edit({"(nn.Conv2d, nn.MaxPool2d))": 'nn.Conv2d) or "Pool" in type(part).__name__'}, of="lambdas")
def feature_maps__every_pooling():
    """Every kind of pooling is in the dict. Return convolutions and max-pooling layers only."""


@edit({" output[": " inputs[0]["}, of="lambdas")
def feature_maps__inputs():
    """These are the maps that go into each layer. Keep what comes out."""


@edit({"clone(": "detach().mean(dim=0"}, of="lambdas")
def feature_maps__mean_over_channels():
    """The channels were averaged into one map. Keep all of them: (C, H, W)."""


@edit({"[0].": "[0, 0]."}, of="lambdas")
def feature_maps__first_channel():
    """Only the first map of each layer is there: an index was taken once too often. Keep all channels."""


@edit({"output[0].": "output.squeeze()."}, of="lambdas")
def feature_maps__squeezed():
    """`squeeze()` removes every axis of length 1: a layer with one filter loses its channel axis, and a map of one
    pixel its height and width."""


@edit({"keep(name)))": 'keep(f"{type(part).__name__}{len(handles)}")))'})
def feature_maps__by_type():
    """The keys are the layers' types with a number. The keys are the names of `model.named_modules()`."""


@edit({"keep(name)))": 'keep(name.rpartition(".")[2])))'})
def feature_maps__last_halves_of_names():
    """The keys are the last halves of the names. "0" may stand for several layers; `named_modules()` gives whole
    names."""


@edit({"= {},": "= [],", "update({name: output[0].clone()})": "append(output[0].clone())"}, of="lambdas")
def feature_maps__list():
    """These are the maps without their names. Return a dict."""


@edit(
    {
        "with torch.no_grad():\n    model(image[None])": (
            "try:\n    with torch.no_grad():\n        model(image[None])\nexcept RuntimeError:\n    pass"
        )
    },
    of="lambdas",
)
def feature_maps__error_swallowed():
    """An error of the model was caught and kept quiet. Clean up, and let it go on."""


def feature_maps__normalised(model, image):
    """Each map was scaled to 0 … 1. Keep the numbers as they are."""
    maps, model = {}, copy.deepcopy(model).eval()

    def scaled(output):
        low, high = output.amin(dim=(1, 2), keepdim=True), output.amax(dim=(1, 2), keepdim=True)
        return (output - low) / (high - low).clamp(min=1e-12)

    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(
                lambda _, inputs, output, name=name: maps.update({name: scaled(output[0].detach())})
            )
    with torch.no_grad():
        model(image[None])
    return maps


@edit(
    {("for handle in handles:\n    handle.remove()"): ("for part in model.modules():\n    part._forward_hooks.clear()")}
)
def feature_maps__other_hooks_removed():
    """All hooks were cleared, those of others, too. Remove your own: each has a handle."""


@edit({("with torch.no_grad():\n    model"): ("torch.set_grad_enabled(False)\nmodel")}, of="lambdas")
def feature_maps__gradients_off_for_good():
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""


@edit({"return maps": "return dict(sorted(maps.items()))"}, of="lambdas")
def feature_maps__order_of_the_alphabet():
    """The names are in the order of the alphabet. Return the order in which the layers run."""


@edit(
    {
        "for handle in handles:\n    handle.remove()": (
            "for part in model.modules():\n"
            "    if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):\n"
            "        part._forward_hooks.clear()"
        )
    }
)
def feature_maps__hooks_of_the_layers_cleared():
    """All hooks of the layers that were looked at are gone, those of others, too. Remove your own: each has a
    handle."""


@edit({"try:": "for part in model.modules():\n    if isinstance(part, nn.ReLU):\n        part.inplace = False\ntry:"})
def feature_maps__in_place_off_for_nothing():
    """The in-place ReLUs were switched off, in the model itself and for good. You keep copies: that is enough."""


@edit(
    {
        "clone()": "detach()",
        "try:": "for part in model.modules():\n    if isinstance(part, nn.ReLU):\n        part.inplace = False\ntry:",
    }
)
def feature_maps__in_place_off_for_good():
    """The in-place ReLUs were switched off, in the model itself and for good. Leave it as it was, and keep copies:
    other things work in place, too."""


# ---- saliency ----


@edit({"abs().": ""}, of="plain_copy")
def saliency__no_absolute_value():
    """The gradients' signs are still there. A pixel that lowers the score matters as much as one that raises it."""


@edit({"abs().amax(dim=0": "amax(dim=0).abs("}, of="plain_copy")
def saliency__absolute_value_late():
    """The maximum was taken before the absolute value: a channel with a large negative gradient loses against one with
    a small positive one."""


@edit({"amax": "sum"}, of="plain_copy")
def saliency__sum():
    """The channels were added up. Take the largest of the three."""


@edit({"amax": "mean"}, of="plain_copy")
def saliency__mean():
    """The channels were averaged. Take the largest of the three."""


@edit({".amax(dim=0)": ""}, of="plain_copy")
def saliency__all_channels():
    """There are still three channels. Return one map: the largest of the three, pixel by pixel."""


@edit({"0, target": "0].softmax(dim=0)[target"}, of="plain_copy")
def saliency__from_softmax():
    """This is the gradient of the probability, which also rises when the other classes fall, and is nearly flat where
    the network is sure: take the logit."""


@edit({"[0, target]": ".sum()"}, of="plain_copy")
def saliency__all_scores():
    """All scores were added up, so the map is the same for every class. Take the target's."""


@edit({"[0, target]": ".max()"}, of="plain_copy")
def saliency__best_class():
    """This is the score of the class that the network thinks best. Take the target's: the question is what speaks for
    a cat, even if the network says dog."""


@edit({" gradient.": " (gradient * image)."}, of="plain_copy")
def saliency__times_the_image():
    """The gradient was multiplied by the image. That is another method, in which black pixels never matter."""


@edit(
    {"return gradient.abs().amax(dim=0)": ("largest = gradient.abs().amax(dim=0)\nreturn largest / largest.max()")},
    of="plain_copy",
)
def saliency__normalised():
    """The map was scaled to 0 … 1, so maps of different classes cannot be compared any more. Leave the numbers as they
    are."""


@edit({".eval()": ""}, of="plain_copy")
def saliency__training_mode():
    """The model was not put into eval mode: dropout drops, and batch norm takes the statistics of this one image."""


@edit({"copy.deepcopy(model)": "model"}, of="plain_copy")
def saliency__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


@edit(
    {
        ("with eval_mode(model):\n    score = model(x[None])[0, target]"): (
            "mode = model.training\nscore = model.eval()(x[None])[0, target]\nmodel.train(mode)"
        )
    }
)
def saliency__one_mode_for_all():
    """`train()` and `eval()` set all parts alike, and some had another mode than the model itself. Note the mode of
    each."""


@edit({("(gradient,) = torch.autograd.grad(score, x)\nreturn gradient"): ("score.backward()\nreturn x.grad")})
def saliency__gradients_left_behind():
    """`backward` has written gradients into all parameters, and the next training step adds to them. You need one
    gradient only: `torch.autograd.grad` gives just that."""


@edit(
    {
        ("(gradient,) = torch.autograd.grad(score, x)\nreturn gradient"): (
            "score.backward()\nmodel.zero_grad()\nreturn x.grad"
        )
    }
)
def saliency__gradients_cleared():
    """`zero_grad` has thrown away the gradients that the model came with. Somebody may be in the middle of a
    training."""


def saliency__marks_the_image(model, image, target):
    """The caller's image now requires a gradient, and has one. Work on a copy of it."""
    model = copy.deepcopy(model).eval()
    image.grad = None
    model(image.requires_grad_()[None])[0, target].backward()
    return image.grad.abs().amax(dim=0)


@edit({"model(x[None])[0, target]": "F.cross_entropy(model(x[None]), torch.tensor([target]))"}, of="plain_copy")
def saliency__of_the_loss():
    """This is the derivative of the loss, which depends on all scores. Take the score of the class itself."""


@edit({".abs(": ".square("}, of="plain_copy")
def saliency__squared():
    """The derivatives were squared. Take their absolute values."""


@edit({"abs().amax": "norm"}, of="plain_copy")
def saliency__length():
    """This is the length of the derivative over the channels. Take the largest absolute value of the three."""


@edit({"amax(dim=0)": "amax(dim=0)[None]"}, of="plain_copy")
def saliency__batch_axis():
    """The batch axis is still there. The map is (H, W)."""


@edit({"dim=0)": "dim=1)"}, of="plain_copy")
def saliency__over_the_rows():
    """The largest value was taken over the rows, not over the channels. Axis 0 of (3, H, W) holds the channels."""


@edit({"abs(": "clamp(min=0"}, of="plain_copy")
def saliency__positive_only():
    """Negative derivatives were cut off at 0. A pixel whose darkening helps matters as much."""


@edit({"amax": "amin"}, of="plain_copy")
def saliency__smallest():
    """This is the smallest of the three channels. A pixel is as important as its most important colour."""


@edit({".abs().amax(dim=0": "[0].abs("}, of="plain_copy")
def saliency__first_channel():
    """Only the first channel counts here. Take the largest of the three, pixel by pixel."""


@edit({"abs().amax(dim=0": "squeeze().abs().amax(dim=0).squeeze("}, of="plain_copy")
def saliency__squeezed():
    """`squeeze()` removes every axis of length 1, also that of an image of one row."""


def saliency__finite_steps(model, image, target):
    """The derivative was taken from a small step, which rounding spoils, and a kink inside the step, too. PyTorch gives
    it exactly."""
    twin, step = copy.deepcopy(model).eval(), 1e-3
    with torch.no_grad():
        moves = step * torch.eye(image.numel()).reshape(-1, *image.shape)
        rises = twin(image + moves)[:, target] - twin(image - moves)[:, target]
    return (rises / (2 * step)).reshape(image.shape).abs().amax(dim=0)


@edit({"score = model(": "score = model.requires_grad_(False)("})
def saliency__freezes():
    """The model is frozen afterwards, whatever it was. You may freeze a copy, or put back what you found."""


@edit(
    {
        "score = model(": "score = model.requires_grad_(False)(",
        "(gradient,)": ("model.requires_grad_(True)\n(gradient,)"),
    }
)
def saliency__thaws():
    """The whole model is trainable afterwards: it was frozen for the question, and everything unfrozen after it. Put
    back what each parameter was."""


@edit({", x)": ", x, create_graph=True)", "amax(dim=0)": "amax(dim=0) + 0 * x.amax(dim=0)"}, of="plain_copy")
def saliency__kept_graph():
    """The map has a graph of its own. Return it without gradients: no `create_graph`, or detach it."""


@edit(
    {"image.clone().requires_grad_()": "image.requires_grad_()", "return": "image.requires_grad_(False)\nreturn"},
    of="plain_copy",
)
def saliency__image_wants_none_afterwards():
    """The caller's image requires no gradient afterwards, whatever it did before. Work on a copy of it."""


@edit({"x = image": "torch.set_grad_enabled(True)\nx = image"})
def saliency__gradients_on_for_good():
    """Gradients are switched on afterwards, whatever they were before. `with torch.enable_grad():` puts back what it
    found."""


# ---- occlusion_map ----


@edit({"score - model(covered[None])[0, target]": "model(covered[None])[0, target] - score"}, of="place_by_place")
def occlusion_map__sign():
    """The sign is turned around: where covering lowers the score, the map is positive."""


@edit({"= score - ": "= "}, of="place_by_place")
def occlusion_map__covered_score():
    """These are the scores of the covered images. Return by how much the score falls."""


@edit(
    {"score - model(covered[None])[0, target]": "(score - model(covered[None])[0, target]).relu()"}, of="place_by_place"
)
def occlusion_map__no_rise():
    """Where the score rises, you have 0. A patch that speaks against the class is worth knowing: keep the sign."""


@edit(
    {"image[None])[0, target]": "image[None])[0].softmax(dim=0)[target]", "0, target": "0].softmax(dim=0)[target"},
    of="place_by_place",
)
def occlusion_map__probability():
    """This is the fall of the probability. Where the network is sure, that hardly moves: take the logit."""


@edit(
    {
        "for i in range(rows):": ("covered = image.clone()\nfor i in range(rows):"),
        ("covered = image.clone()\ncovered["): "covered[",
    },
    of="place_by_place",
)
def occlusion_map__patches_stay():
    """Each patch stays where it was when the next one is put down: in the end the whole image is covered. Begin with
    the untouched image every time."""


@edit({".clone()": ""}, of="place_by_place")
def occlusion_map__image_changed():
    """The caller's image was painted over: a second name is no copy."""


@edit({"covered[:, ": "covered[0, "}, of="place_by_place")
def occlusion_map__one_channel():
    """Only red was covered, the patch is still to be seen in green and blue. Cover all channels."""


@edit({"= 0": "= 0.5"}, of="place_by_place")
def occlusion_map__grey():
    """The patch was set to 0.5. The images are normalised: there 0 is the mean colour, and 0.5 is brighter."""


@edit({"= 0": "= image.mean()"}, of="place_by_place")
def occlusion_map__mean_of_the_image():
    """The patch has the mean colour of this image. Return 0, the mean colour of ImageNet."""


@edit({"return result": "return result.T"}, of="place_by_place")
def occlusion_map__transposed():
    """Rows and columns have changed places: the patch goes down from row to row."""


@edit(
    {"((length - size) // stride + 1 for length in image.shape[1:])": "[(image.shape[1] - size) // stride + 1] * 2"},
    of="place_by_place",
)
def occlusion_map__a_square_assumed():
    """The number of columns was computed from the height. Images need not be square."""


@edit(
    {"stride : i * stride + size, j * stride : j * stride +": "size : (i + 1) * size, j * size : (j + 1) *"},
    of="place_by_place",
)
def occlusion_map__stride_ignored():
    """The patch moves by its own size each time. It moves by `stride`."""


@edit(
    {"i * stride + size, j * stride : j * stride + size": "(i + 1) * stride, j * stride : (j + 1) * stride"},
    of="place_by_place",
)
def occlusion_map__patch_as_long_as_the_stride():
    """The patch ends where the next one begins. It is `size` pixels long, whatever the stride."""


@edit({"(length - size)": "(length - 1)"}, of="place_by_place")
def occlusion_map__over_the_edge():
    """Patches that reach over the edge were counted, too. Only those that lie inside the image count."""


@edit({"(length - size) // stride + 1": "max((length - size) // stride, 1)"}, of="place_by_place")
def occlusion_map__last_one_missing():
    """The last row and column are missing. From the first place to the last there are (H - size) // stride steps,
    which makes one place more."""


@edit(
    {
        "covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0": (
            "top, left = max(i * stride - size // 2, 0), max(j * stride - size // 2, 0)\n"
            "covered[:, top : i * stride + size - size // 2, left : j * stride + size - size "
            "// 2] = 0"
        )
    },
    of="place_by_place",
)
def occlusion_map__centred():
    """The patches are centred at their places, and the first ones lie half outside. Place (i, j) is the corner at the
    top left."""


@edit({".eval()": ""}, of="place_by_place")
def occlusion_map__training_mode():
    """The model was not put into eval mode: dropout drops, so that the map is mostly chance."""


@edit({"copy.deepcopy(model)": "model"}, of="place_by_place")
def occlusion_map__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


@edit(
    {
        "model = copy.deepcopy(model).eval()": "mode = model.training\nmodel.eval()",
        "return result": "model.train(mode)\nreturn result",
    },
    of="place_by_place",
)
def occlusion_map__one_mode_for_all():
    """`train()` and `eval()` set all parts alike, and some had another mode than the model itself. Note the mode of
    each."""


@edit({"no_grad": "enable_grad"}, of="place_by_place")
def occlusion_map__gradients():
    """The map carries the graphs of all covered images, and memory runs full. Return a map without gradients."""


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


@edit(
    {"score - model(covered[None])[0, target]": "(score - model(covered[None])[0, target]) / score"},
    of="place_by_place",
)
def occlusion_map__share():
    """The fall was divided by the score. Return the difference itself."""


@edit(
    {"score - model(covered[None])[0, target]": "(score - model(covered[None])[0, target]).abs()"}, of="place_by_place"
)
def occlusion_map__absolute():
    """The sign is gone: a rise looks like a fall. Return the score minus the score with the patch."""


@edit(
    {
        "image.clone()": "torch.zeros_like(image)",
        "size] = 0": "size] = image[:, i * stride : i * stride + size, j * stride : j * stride + size]",
    },
    of="place_by_place",
)
def occlusion_map__only_the_patch():
    """Everything but the patch was covered. Cover the patch, and leave the rest."""


@edit(
    {"model = copy.deepcopy(model).eval()": ("size, stride = stride, size\nmodel = copy.deepcopy(model).eval()")},
    of="place_by_place",
)
def occlusion_map__size_and_stride_swapped():
    """Size and stride have changed places: the patch is `size` wide and moves by `stride`."""


@edit({", j * stride : j * stride + size": " + 1, j * stride : j * stride + size + 1"}, of="place_by_place")
def occlusion_map__one_pixel_too_long():
    """The patch is one pixel too long: a slice ends before its second number."""


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


@edit(
    {
        "score = model(image[None])[0, target": "scores = model(image[None])[0",
        "score - model(covered[None])[0, target": "scores.max() - model(covered[None])[0, scores.argmax()",
    },
    of="place_by_place",
)
def occlusion_map__best_class():
    """This is the score of the class that the network thinks best. Take the target's."""


@edit({"return result": "return result.flatten()"}, of="place_by_place")
def occlusion_map__flat():
    """The places are in one long row. Return a map of rows and columns."""


@edit({"return result": "return result.tolist()"}, of="place_by_place")
def occlusion_map__lists():
    """This is a list of lists. Return a tensor."""


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


@edit(
    {
        (
            "torch.set_grad_enabled(False)\ntwin, falls = copy.deepcopy(model).eval(), []"
        ): "twin, falls = copy.deepcopy(model).eval(), []",
        "1)": "1).detach()",
    },
    of="gradients_off_for_good",
)
def occlusion_map__detached_late():
    """All that a gradient would need was stored for each place, and thrown away at the end. Ask under
    `torch.no_grad()`."""


@edit({"image[None])[0, target]": "image[None])[0, 0]", " target]": " 0]"}, of="place_by_place")
def occlusion_map__first_class():
    """This is the score of class 0, whatever the target. Take the target's."""


@edit(
    {"image[None])[0": "image[None]).log_softmax(1)[0", "covered[None])[0": "covered[None]).log_softmax(1)[0"},
    of="place_by_place",
)
def occlusion_map__log_probability():
    """This is the fall of the logarithm of the probability, which depends on all classes. Take the logit."""


# ---- grad_cam ----


@edit({"relu().": ""}, of="plain_copy")
def grad_cam__no_relu():
    """Negative numbers are still there: places that speak against the class. Grad-CAM shows what speaks for it."""


@edit({"relu": "abs"}, of="plain_copy")
def grad_cam__absolute_value():
    """Instead of a ReLU there is an absolute value: what speaks against the class looks like what speaks for it."""


@edit({"sum(dim=1)[0].relu()": "relu().sum(dim=1)[0]"}, of="plain_copy")
def grad_cam__relu_of_each_map():
    """Each map's negative part was cut off before the sum. First add up all maps, then cut: they may speak against
    each other."""


@edit({"keepdim=True)": "keepdim=True).relu()"}, of="plain_copy")
def grad_cam__relu_of_the_weights():
    """Maps with a negative weight were left out. They may speak against the class, and are part of the sum."""


@edit({"(weights *": "(gradient *"}, of="plain_copy")
def grad_cam__weights_not_averaged():
    """Each place of a map has a weight of its own. Grad-CAM has one for each map: the mean of the gradient over height
    and width."""


@edit({"mean": "sum"}, of="plain_copy")
def grad_cam__weights_added_up():
    """The gradients were added up over height and width. Take their mean."""


@edit({"dim=(2, 3)": "dim=1"}, of="plain_copy")
def grad_cam__mean_over_the_maps():
    """The mean was taken over the maps, at each place. It is over height and width, for each map."""


@edit({".sum(": ".mean("}, of="plain_copy")
def grad_cam__averaged_maps():
    """The weighted maps were averaged. Return their sum."""


@edit({"(weights * outputs[0])": "outputs[0]"}, of="plain_copy")
def grad_cam__no_weights():
    """The maps were added up without their weights, so every class gets the same map."""


@edit({"0, target": "0].softmax(dim=0)[target"}, of="plain_copy")
def grad_cam__from_softmax():
    """This is the gradient of the probability. It is nearly 0 where the network is sure, and depends on all classes:
    take the logit."""


@edit({"[0, target]": ".max()"}, of="plain_copy")
def grad_cam__best_class():
    """This is the score of the class that the network thinks best. Take the target's: the question may be what speaks
    for a cat where the network says dog."""


@edit({("outputs.append(output)\nreturn output.clone()"): "outputs.append(output)"}, of="plain_copy")
def grad_cam__changed_in_place():
    """The ReLU behind the layer works in place: the maps that you kept, and their gradients, are those after it."""


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


@edit({".clone().requires_grad_()": ""}, of="plain_copy")
def grad_cam__trainable_models_only():
    """In a frozen model nothing requires a gradient, and PyTorch finds none. The image can ask for one."""


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


@edit(
    {
        "return (weights * outputs[0]).sum(dim=1)[0].relu().detach()": (
            "cam = (weights * outputs[0]).sum(dim=1)[0].relu().detach()\nreturn cam / cam.max().clamp(min=1e-12)"
        )
    },
    of="plain_copy",
)
def grad_cam__normalised():
    """The map was scaled to 0 … 1. Then maps of different classes cannot be compared: leave the numbers as they
    are."""


@edit(
    {
        "return (weights * outputs[0]).sum(dim=1)[0].relu().detach()": (
            "cam = (weights * outputs[0]).sum(dim=1, keepdim=True).relu().detach()\n"
            'return F.interpolate(cam, size=image.shape[1:], mode="bilinear")[0, 0]'
        )
    },
    of="plain_copy",
)
def grad_cam__enlarged():
    """The map was enlarged to the size of the image. Return the layer's own height and width."""


@edit({".detach()": ""}, of="plain_copy")
def grad_cam__graph_kept():
    """The map carries a graph. Return one without gradients: detach it."""


@edit({".eval()": ""}, of="plain_copy")
def grad_cam__training_mode():
    """The model was not put into eval mode: dropout drops, and batch norm takes the statistics of this one image."""


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


@edit(
    {
        "score = model.eval()": "mode = model.training\nscore = model.eval()",
        "(gradient,)": "model.train(mode)\n(gradient,)",
    },
    of="stays_in_eval",
)
def grad_cam__one_mode_for_all():
    """`train()` and `eval()` set all parts alike, and some had another mode than the model itself. Note the mode of
    each."""


@edit({"handle.remove()": "pass"})
def grad_cam__hook_stays():
    """The hook is still there afterwards. Everyone who uses the model from now on pays for it: `handle.remove()`."""


@edit(
    {"(gradient,) = torch.autograd.grad(score, maps)": ("maps.retain_grad()\nscore.backward()\ngradient = maps.grad")}
)
def grad_cam__gradients_left_behind():
    """`backward` has written gradients into all parameters, and the next training step adds to them. You need one
    gradient only: `torch.autograd.grad` gives just that."""


@edit(
    {
        "(gradient,) = torch.autograd.grad(score, maps)": (
            "maps.retain_grad()\nscore.backward()\nmodel.zero_grad()\ngradient = maps.grad"
        )
    }
)
def grad_cam__gradients_cleared():
    """`zero_grad` has thrown away the gradients that the model came with. Somebody may be in the middle of a
    training."""


@edit({"gradient.mean(": "outputs[0].mean(", "weights * outputs[0])": "weights * gradient)"}, of="plain_copy")
def grad_cam__roles_swapped():
    """The gradients were weighted with the means of the maps. Weight the maps with the means of the gradients."""


@edit(
    {
        "model(image[None].clone().requires_grad_())[0, target]": (
            "F.cross_entropy(model(image[None].clone().requires_grad_()), torch.tensor([target]))"
        ),
    },
    of="plain_copy",
)
def grad_cam__of_the_loss():
    """This is the derivative of the loss, which falls where the score rises, and depends on all scores. Take
    the score of the class itself."""


@edit({"(weights * outputs[0]).sum(dim=1)[0]": "(1 + (weights * outputs[0]).sum(dim=1)[0])"}, of="plain_copy")
def grad_cam__begins_with_ones():
    """The sum begins with ones, so that every place has 1 too much. A well-known program does so; begin with zeros."""


@edit({"sum(dim=1)[0]": "sum(dim=1).squeeze()"}, of="plain_copy")
def grad_cam__squeezed():
    """`squeeze()` removes every axis of length 1, also those of a layer with one map, or with maps of one pixel."""


@edit(
    {
        ("def keep(part, inputs, output):\n    outputs.append(output)\n    return output.clone()"): (
            "def keep(part, inputs):\n    outputs.append(inputs[0])\n    return (inputs[0].clone(),)"
        ),
        "register_forward_hook": "register_forward_pre_hook",
    },
    of="plain_copy",
)
def grad_cam__inputs_of_the_layer():
    """These are the maps that go into the layer. Take what it gives out."""


@edit({"gradient.mean": "gradient.relu().mean"}, of="plain_copy")
def grad_cam__positive_gradients():
    """Negative derivatives were cut off before the mean. Cut off only once, at the end."""


@edit({"[0, target]": ".sum()"}, of="plain_copy")
def grad_cam__all_scores():
    """All scores were added up, so the map is the same for every class. Take the target's."""


@edit({"handle = model.get": "handle = model.requires_grad_(False).get"})
def grad_cam__freezes():
    """The model is frozen afterwards, whatever it was. Put back what each parameter was, or freeze nothing."""


@edit({"[None].clone().requires_grad_()": ".requires_grad_()[None]"}, of="plain_copy")
def grad_cam__marks_the_image():
    """The caller's image requires a gradient now. Work on a copy of it."""


@edit({"detach()": "detach().numpy()"}, of="plain_copy")
def grad_cam__array():
    """The result is a NumPy array. Return a tensor instead."""


@edit({"(weights * outputs[0])": "(weights * outputs[0].relu())"}, of="plain_copy")
def grad_cam__maps_rectified():
    """Negative numbers in the maps were cut off before the sum. Take the maps as the layer gives them out."""


@edit({"[0, target]": ".log_softmax(1)[0, target]"}, of="plain_copy")
def grad_cam__log_probability():
    """This is the derivative of the logarithm of the probability, which depends on all classes. Take the logit."""


@edit({"sum(dim=1)[0]": "sum(dim=1)"}, of="plain_copy")
def grad_cam__batch_axis():
    """The batch axis is still there. One image has one map: (h, w)."""


@edit(
    {
        "image[None].clone().requires_grad_()": "image.requires_grad_()[None]",
        "weights =": "image.requires_grad_(False)\nweights =",
    },
    of="plain_copy",
)
def grad_cam__image_wants_none_afterwards():
    """The caller's image requires no gradient afterwards, whatever it did before. Work on a copy of it."""


@edit({"handle.remove()": "model.get_submodule(layer)._forward_hooks.clear()"})
def grad_cam__other_hooks_removed():
    """All hooks of the layer were cleared, those of others, too. Remove your own: it has a handle."""


@edit(
    {
        "return output.clone()": "return None",
        "handle =": (
            "for part in model.modules():\n    if isinstance(part, nn.ReLU):\n        part.inplace = False\nhandle ="
        ),
    }
)
def grad_cam__in_place_off_for_good():
    """The in-place ReLUs were switched off, in the model itself and for good. Leave it as it was: the model can go on
    with a copy of the maps."""


@edit(
    {
        "return output.clone()": "return None",
        "model.get_sub": (
            "for part in model.modules():\n"
            "    if isinstance(part, nn.ReLU):\n"
            "        part.inplace = False\n"
            "model.get_sub"
        ),
    },
    of="plain_copy",
)
def grad_cam__only_the_relus_kept_away():
    """The ReLUs no longer change the maps that you kept, but other things do: a residual network adds in place. The
    model can go on with a copy of the maps."""


@edit(
    {
        "return (weights * outputs[0]).sum(dim=1)[0].relu().detach()": (
            "cam = (weights * outputs[0]).sum(dim=1, keepdim=True).relu().detach()\n"
            'cam = F.interpolate(cam, size=image.shape[1:], mode="bilinear")[0, 0]\n'
            "return cam / cam.max().clamp(min=1e-12)"
        )
    },
    of="plain_copy",
)
def grad_cam__enlarged_and_normalised():
    """The map was enlarged to the size of the image, and scaled to 0 … 1. Return the layer's own height and width, and
    the numbers as they are."""


@edit({"outputs = []": "torch.set_grad_enabled(True)\noutputs = []"})
def grad_cam__gradients_on_for_good():
    """Gradients are switched on afterwards, whatever they were before. `with torch.enable_grad():` puts back what it
    found."""


# ---- the quiz ----

quiz_batch_norm__nothing = Choice(
    "a", "The weights are frozen. Is there anything else in a layer that changes in training?"
)
quiz_batch_norm__weights = Choice(
    "c", "Without a gradient no optimiser moves a weight. What changes needs no gradient."
)
quiz_batch_norm__error = Choice("d", "Nobody complains, which is what makes this mistake so common.")

quiz_cache__shuffling = Choice("a", "Cached features can be shuffled like pictures, together with their labels.")
quiz_cache__weight_decay = Choice(
    "b", "Weight decay is about the head's weights; it does not matter where the inputs come from."
)
quiz_cache__validation = Choice("d", "The validation pictures go through the same backbone: cache their features, too.")

quiz_score__same = Choice("a", "The same up to a factor at best. How large is this factor where the softmax is flat?")
quiz_score__reversed = Choice("b", "A pixel that raises the logit raises the probability, too, if ever so little.")
quiz_score__second = Choice(
    "c",
    "The runner-up has a part in the probability, but asking about the first does not become asking about the second.",
)

quiz_rate__smallest = Choice("b", "There the loss does not fall any more: a little more, and it explodes.")
quiz_rate__smaller = Choice(
    "c", "With so small a rate the loss has not yet begun to fall: training would take forever."
)
quiz_rate__explosion = Choice("d", "Above the smallest loss the curve explodes, and so would the training.")
