"""What the answers to assignment $number, $title, are asked."""

from solutions.asking import ask


def question_brighten(answer, rng):
    image = rng.uniform(size=(3, 5))
    return {
        "a brighter image": ask(answer, image, 0.5),
        "a darker image": ask(answer, image, -0.5),
        "a batch of images": ask(answer, rng.uniform(size=(2, 3, 5)), 0.25),
    }
