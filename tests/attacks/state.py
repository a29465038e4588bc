"""State: what careless code does to its own interpreter. None is an attack, and none must cost a point."""

from __future__ import annotations

from tests.attacks import Attack, all_but_first, answer, cell

BUILTINS = """\
sum = max = min = id = len = input = 3
"""

STAR_IMPORT = """\
from numpy import *
from math import *
"""

RAISE_ON_ALL = """\
import warnings

import numpy as np

np.seterr(all="raise")
warnings.simplefilter("error")
"""

WARN = """\
import logging
import sys
import warnings

warnings.warn("deprecated", stacklevel=1)
logging.warning("careful")
print("a word to stderr", file=sys.stderr)


def speak(*args):
    print("a word to stderr in every cell", file=sys.stderr)


get_ipython().events.register("pre_run_cell", speak)
"""

BACKEND = """\
%matplotlib inline
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
"""

NO_FOLDER = """\
import os
import tempfile

os.chdir(tempfile.mkdtemp())
os.rmdir(os.getcwd())
"""

OTHER_STDOUT = """\
import io
import sys

sys.stdout = sys.stderr = io.StringIO()
"""

CLOSED_STDOUT = """\
import sys

sys.stdout.close()
"""

NO_PATH = """\
import os
import sys

sys.path.clear()
os.environ.clear()
"""

NO_MODULES = """\
import sys

for name in [name for name in sys.modules if name.startswith(("matplotlib", "random", "json"))]:
    del sys.modules[name]
"""

SEEDS = """\
import random

import numpy as np

random.seed(0)
np.random.seed(0)
"""

THREADS = """\
import threading

for _ in range(8):
    threading.Thread(target=threading.Event().wait).start()
"""

LEFT_OPEN = """\
files = [open(f"{number}.txt", "w") for number in range(200)]
"""

SYNTAX_ERROR = """\
def ANSWER(x)
    return x
"""

RESET = """\
%reset -f
"""

OTHER_HOOKS = """\
import sys

sys.excepthook = sys.unraisablehook = sys.displayhook = None
get_ipython().ast_node_interactivity = "all"
"""

SLOW_CLEANUP = """\
import gc

gc.disable()
gc.set_threshold(1)
"""

_OWN_KERNEL = "a kernel of its own; libraries are imported before it runs"
_PLAIN = "what a test reports counts, not what was written around it"


def _careless(name: str, does: str, code: str, defence: str = _OWN_KERNEL, stock: str = "full marks") -> Attack:
    return Attack(name, does, cell(code), defence, stock, promise=5)


ATTACKS = [
    _careless("builtins", "calls its variables sum, max and len", BUILTINS),
    _careless("star-import", "imports all names of numpy and math", STAR_IMPORT),
    _careless("raise-on-all", "turns numpy's and all warnings into errors", RAISE_ON_ALL),
    _careless("warn", "warns on stderr in every cell", WARN, "stderr costs nothing", "no points at all"),
    _careless("backend", "changes matplotlib's backend", BACKEND),
    _careless("no-folder", "changes its folder and removes it", NO_FOLDER),
    _careless("other-stdout", "replaces sys.stdout", OTHER_STDOUT, _PLAIN),
    Attack("closed-stdout", "closes sys.stdout", cell(CLOSED_STDOUT), _PLAIN, "no points", promise=5, at_most=True),
    _careless("no-path", "empties sys.path and the environment", NO_PATH),
    _careless("no-modules", "forgets imported modules", NO_MODULES),
    _careless("seeds", "seeds all random numbers", SEEDS),
    _careless("threads", "leaves threads running", THREADS, "the kernel is killed, not asked", "waits for its kernel"),
    _careless("left-open", "leaves 200 files open", LEFT_OPEN),
    _careless("hooks", "changes how results and errors are shown", OTHER_HOOKS, _PLAIN),
    _careless("collector", "changes the garbage collector", SLOW_CLEANUP),
    Attack(
        "syntax",
        "has a syntax error in one answer",
        answer(SYNTAX_ERROR),
        "a cell that fails costs its own exercise only",
        "the same",
        promise=5,
        honest=all_but_first,
        told="not Python",
    ),
    Attack("reset", "forgets all names", cell(RESET), "none: tests need them", "no points", 5, at_most=True),
]
