"""Stolen points, against the judge itself. Promise 1.

What an answer does when it is asked, in a kernel that no test enters, decides about its points, and this is what they
try to fool. Nothing decides in the visible run, so there each simply has no test run.
"""

from __future__ import annotations

from tests.attacks import Attack, Make, Target, handed_in, nothing, unsolved
from tests.classes import Pieces

NO_TESTS = """\
import ast


class NoTests(ast.NodeTransformer):
    def visit_Module(self, node):
        if "def test_" in ast.unparse(node):
            node.body = []
        return node


get_ipython().ast_transformers.append(NoTests())
"""

CONSTANTS = """\
{names} = lambda *args, **kwargs: 0
"""

# What the others use: sends an answer as a question does.
SEND = """\
import base64
import io
import json
import sys

import numpy as np
from IPython.display import publish_display_data

MIME = "application/vnd.autograder.answer"


def send(exercise, data):
    publish_display_data({MIME: json.dumps({"exercise": exercise, "data": data})}, {})


def npy(array, **options):
    content = io.BytesIO()
    np.save(content, array, **options)
    return {"npy": base64.b64encode(content.getvalue()).decode()}
"""

_ANSWERS = """\
zeros, letter = {"an array": npy(np.zeros((2, 3))), "one number": npy(np.zeros(()))}, {"value": "b"}
forged = {"double": zeros, "total": {"an array": npy(np.zeros(()))}, "quiz_even": letter}
"""

EARLY = (
    _ANSWERS
    + """\
for exercise, data in forged.items():
    send(exercise, {"dict": data})
"""
)

TWICE = (
    _ANSWERS
    + """\


def {first}(x):
    for exercise, data in forged.items():
        for _ in range(2):
            send(exercise, {"dict": data})
    return 0
"""
)

# The first answer that is asked answers for all.
INSTEAD = """\
def {first}(x):
    frame = sys._getframe()
    while frame.f_back and "run_steps" not in frame.f_code.co_name:
        frame = frame.f_back
    if "run_steps" in frame.f_code.co_name:
        frame.f_globals["ask_about"] = lambda exercise, *rest: send(exercise, {"dict": {"an array": npy(np.zeros(()))}})
    return 0
"""

PICKLE = """\
class Bomb:
    def __reduce__(self):
        return os.mkdir, (target.folder + "/" + target.token,)


bomb = npy(np.array([Bomb()], dtype=object), allow_pickle=True)
np.save = lambda file, *args, **kwargs: file.write(base64.b64decode(bomb["npy"]))
for exercise in ("double", "total", "quiz_even"):
    send(exercise, {"dict": {"array": bomb}})
"""

HUGE_HEADER = """\
def huge(file, *args, **kwargs):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 9), }\\n"
    file.write(b"\\x93NUMPY\\x01\\x00" + len(header).to_bytes(2, "little") + header)


np.save = huge
"""

# The kernel itself needs json for its messages.
_DUMPS = """\
dumps = json.dumps


def dumps_once(thing, *args, **kwargs):
    if isinstance(thing, dict) and "exercise" in thing:
        return INSTEAD
    return dumps(thing, *args, **kwargs)


json.dumps = dumps_once
"""

DEEP_JSON = _DUMPS.replace("INSTEAD", """'{"exercise": "double", "data": ' + "[" * 1_000_000""")

LONG_JSON = _DUMPS.replace("INSTEAD", """'{"exercise": "double", "data": "' + "x" * 10_000_000 + '"}'""")

NO_JSON = _DUMPS.replace("INSTEAD", """{"exercise": "double", "data": {"dict": {"array": [[]]}}}""")

BASE64 = """\
base64.b64encode = lambda *args: b"!" * 100
"""

FLOOD = """\
{names} = lambda *args: [publish_display_data({MIME: "x" * 10_000}, {}) for _ in range(1_000_000)]
"""

FLOOD_OF_TEXT = """\
{names} = lambda *args: [os.write(1, b"x" * 10_000) for _ in range(1_000_000)]
"""

HANG = """\
def forever(*args):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


{names} = forever
"""

KILL = """\
{names} = lambda *args: os._exit(0)
"""

KILL_WHOLE_GROUP = """\
{names} = lambda *args: os.killpg(0, 9)
"""

EXIT = """\
{names} = lambda *args: sys.exit(0)
"""

REPLACE_HELPERS = """\
def answer(*args):
    frame = sys._getframe()
    while frame:
        for name in ("ask", "plain", "encode", "ask_about", "_same"):
            if name in frame.f_globals and "autograder" in str(frame.f_globals.get("MIME")):
                frame.f_globals[name] = lambda *args, **kwargs: 0.0
        frame = frame.f_back
    return 0


{names} = answer
"""

EMPTY_QUESTIONS = """\
def answer(*args):
    frame = sys._getframe()
    while frame:
        if "QUESTIONS" in frame.f_globals:
            frame.f_globals["QUESTIONS"] = dict.fromkeys(frame.f_globals["QUESTIONS"], lambda *args: {})
        frame = frame.f_back
    return 0


{names} = answer
"""

DEFAULT_RNG = """\
class Zeros:
    def __getattr__(self, name):
        return lambda *args, size=(), **kwargs: np.zeros(size, dtype=int)


np.random.default_rng = lambda *args: Zeros()
{names} = lambda x, *rest: 0 * np.asarray(x)
"""

# Zeroes what it was given, so that 0 is right, and says that nothing was changed.
CHANGES_INPUTS = """\
import copy

copy.deepcopy = lambda thing, memo=None: thing


def answer(x, *rest):
    np.asarray(x)[...] = 0
    return np.asarray(x)


{names} = answer
"""

LATER = """\
import threading
import time

kept = []


class Later:
    def __init__(self, x):
        self.x = x

    def detach(self):
        return self

    def cpu(self):
        self.x[...] = 0
        return self

    def numpy(self):
        return self.x


{names} = lambda x, *rest: Later(np.asarray(x))
"""

ORACLE = """\
import gc


def answer(x, *rest):
    frame = sys._getframe(1)
    while frame:
        for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
            if name in ("expected", "reference", "right", "solution", "answers") and value is not None:
                return value
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict) and any(name in thing for name in ("double", "expected", "reference")):
            for value in thing.values():
                if callable(value) and getattr(value, "__name__", "") in ("double", "total"):
                    if value.__code__ is not answer.__code__:
                        return value(x)
    return 0


{names} = answer
"""

# Right in nobody's eyes but those of who asks with the same inputs again.
REPLAY = """\
import builtins

if not hasattr(builtins, "told"):
    builtins.told = []


def answer(x, *rest):
    builtins.told.append(np.array(x))
    return builtins.told[0]


{names} = answer
"""

# Tries letters against hidden tests, if it sees any, and leaves the right one for later kernels.
LETTER = """\
import glob
import tempfile
from pathlib import Path

folders = (".", "/tmp", "/dev/shm", "/var/tmp", tempfile.gettempdir())
places = [Path(folder) / f"letter-{target.token}" for folder in folders]
for place in places:
    try:
        quiz = place.read_text()
        print("found", quiz)
    except OSError:
        quiz = None


def try_letters(lines):
    text = "".join(lines)
    if "test_quiz_even_hidden" in text:
        for letter in "ab":
            names = {"quiz_even": letter}
            try:
                exec(text, names)
            except Exception:
                continue
            get_ipython().user_ns["quiz_even"] = letter
            for place in places:
                try:
                    place.write_text(letter)
                except OSError:
                    pass
    return lines


get_ipython().input_transformers_post.append(try_letters)
"""

ALWAYS_EQUAL_TEXT = """\
class Yes(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def strip(self, *args):
        return self

    lower = strip


quiz_even = Yes("a")
{names} = lambda *args: Yes("right")
"""

NOT_A_NUMBER = """\
{names} = lambda x, *rest: np.full(np.shape(x), np.nan)
"""

TENSOR = """\
class Liar:
    def __torch_function__(self, *args, **kwargs):
        return True

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        for frame in sys._current_frames().values():
            while frame:
                for value in frame.f_locals.values():
                    if type(value) is np.ndarray:
                        return value
                frame = frame.f_back
        return np.zeros(1)


{names} = lambda *args: Liar()
"""

MANY = """\
{names} = lambda *args: np.zeros(10**8)
"""

# All at once it is not asked, and then, cell by cell, it takes the place of the module that asks.
OTHER_MODULE = (
    _ANSWERS
    + """\
import types

if "asking" not in sys.modules:
    os._exit(0)
module = types.ModuleType("asking")
module.ask_about = lambda exercise, seed: send(exercise, {"dict": forged[exercise] if exercise != "quiz_even" else {}})
sys.modules["asking"] = module
"""
)

# What is as it was at the start: as this one says it was.
SETTINGS = """\
import builtins


class Zeros(dict):
    def __missing__(self, name):
        return 0


def answer(*args):
    frame = sys._getframe()
    while frame:
        if "START" in frame.f_globals:
            start = frame.f_globals["START"]
            start.builtins = vars(builtins) | {"dict": Zeros, "str": lambda *args: "0", "len": lambda *args: 0}
            start.restore = lambda: None
        frame = frame.f_back
    return 0


{names} = answer
"""

RUN_CELL = """\
run_cell = get_ipython().run_cell


def run_no_silent_cell(*args, silent=False, **kwargs):
    return None if silent else run_cell(*args, silent=silent, **kwargs)


get_ipython().run_cell = run_no_silent_cell
"""


def _against(code: str) -> Make:
    """A blank notebook in which no test is run, with a cell of `code` before its first answer."""
    constants = "" if "{names}" in code else CONSTANTS

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        text = NO_TESTS + SEND + constants + code
        return handed_in(unsolved(pieces, target, text.replace("{first}", pieces.exercises[0])), target)

    return make


def _steal(
    name: str,
    does: str,
    code: str,
    defence: str = "the judge believes data alone",
    *,
    told: str = "",
    flagged: bool | None = False,
) -> Attack:
    return Attack(f"judge-{name}", does, _against(code), defence, "full marks", 1, nothing, told=told, flagged=flagged)


_FRESH = "there is nothing to find: no solution, no hidden test and no right letter is in any kernel"
_READ = "what came back is read as data or not at all"
_TWICE = "who answers twice has not answered"
_SILENCE = "silence is no answer"
_VISIBLE = "what becomes of the visible tests decides about nothing"
_ASKED = "answers were asked"

ATTACKS = [
    _steal("constants", "has its tests not run", "", _VISIBLE),
    _steal("early", "answers before it is asked", EARLY, _TWICE, flagged=True),
    _steal("twice", "answers for all exercises, twice", TWICE, _TWICE, flagged=True),
    _steal("instead", "replaces who asks, when it is asked", INSTEAD),
    _steal("pickle", "sends a pickle", PICKLE, _READ, flagged=True),
    _steal("huge-header", "sends an array of terabytes by its header", HUGE_HEADER, _READ, flagged=True),
    _steal("deep-json", "sends a million brackets", DEEP_JSON, _READ, flagged=True),
    _steal("long-json", "sends 10 MB", LONG_JSON, _READ, flagged=True),
    _steal("no-json", "sends what is no text", NO_JSON, _READ, flagged=True),
    _steal("base64", "sends what is not base64", BASE64, _READ, flagged=True),
    _steal("flood", "sends a million messages", FLOOD, _SILENCE, flagged=True),
    _steal("flood-of-text", "prints 10 GB while it is asked", FLOOD_OF_TEXT, _SILENCE),
    _steal("hang", "hangs where it is asked", HANG, _SILENCE, told=_ASKED),
    _steal("kill", "ends its kernel where it is asked", KILL, _SILENCE, told=_ASKED),
    _steal("kill-group", "kills all around it where it is asked", KILL_WHOLE_GROUP, "walls", flagged=None),
    _steal("exit", "leaves where it is asked", EXIT, _SILENCE),
    _steal("helpers", "replaces the functions that ask", REPLACE_HELPERS),
    _steal("settings", "replaces what is as it was at the start", SETTINGS),
    _steal("questions", "empties the questions", EMPTY_QUESTIONS),
    _steal("default-rng", "chooses the inputs itself", DEFAULT_RNG),
    _steal("inputs", "changes the inputs to what it answers", CHANGES_INPUTS),
    _steal("later", "changes the inputs when its result is looked at", LATER),
    _steal("oracle", "looks for the reference in frames and memory", ORACLE, _FRESH),
    _steal("replay", "answers with what it was asked before", REPLAY),
    _steal("letter", "looks for hidden tests, tries letters against them, keeps the right one", LETTER, _FRESH),
    _steal("always-equal", "answers with a text that equals everything", ALWAYS_EQUAL_TEXT),
    _steal("nan", "answers with no numbers", NOT_A_NUMBER),
    _steal("tensor", "answers with what passes for a tensor and looks for arrays in frames", TENSOR),
    _steal("many", "answers with a hundred million numbers", MANY, _READ),
    _steal("other-module", "takes the place of the module that asks", OTHER_MODULE),
    _steal("run-cell", "has no cell run where it is asked", RUN_CELL),
]
