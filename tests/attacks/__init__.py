"""Hostile notebooks: each tries to break one of the promises of grading, and names what stops it.

A module is a kind of harm, its `ATTACKS` the notebooks; `tests/attacks/test_attacks.py` hands them in, grades them and
looks whether the promises held. What an attack is to reach outside of its walls is told it in `target` (see `Target`),
so that it needs no luck to find it; when it got there, it calls `reached(what)`, and that line in its output is a
failure of the walls. They can be handed in for any assignment that was built: they are made from its `Pieces`.

Never run one without walls on a machine that somebody needs: some fill the disk or signal every process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.classes import Pieces


@dataclass(frozen=True)
class Target:
    """What lies outside of the walls, and where. All plain values: they are written into hostile cells."""

    assignment: str
    course: str
    folder: str  # in nobody's course: holds secret.txt, and whoever grades may write there
    home: str  # of whoever grades
    token: str  # at most 15 letters; in the name of each process an attack starts and each file it leaves behind
    secret: str  # the name of an environment variable of whoever grades
    hidden: str  # a regular expression that finds a line of a hidden test, but not itself
    canary: int  # a process that shall live
    tcp_port: int  # somebody listens there on 127.0.0.1
    udp_port: int  # here, too
    socket: str  # and at this abstract Unix socket
    socket_path: str  # and at this one in the file system
    open_port: int  # nobody listens there; somebody outside tries to connect to whoever does
    memory_mb: int  # the limits that were set
    disk_mb: int


Make = Callable[[Pieces, Target], Mapping[str, bytes]]
Exercises = list[str]


def everything(exercises: Exercises) -> Exercises:
    return exercises


def all_but_first(exercises: Exercises) -> Exercises:
    return exercises[1:]


def nothing(exercises: Exercises) -> Exercises:
    return []


@dataclass(frozen=True)
class Attack:
    """One hostile submission. `name` is the student who hands it in, `does` what it tries, in a phrase."""

    name: str
    does: str
    make: Make  # the files handed in: path beside the notebook to content
    defence: str  # what stops it
    stock: str  # what stock nbgrader autograde does with it
    promise: int = 3  # 1 no stolen points, 2 no leak, 3 no harm, 4 no loss, 5 no unfairness
    honest: Callable[[Exercises], Exercises] = everything  # the exercises whose points its honest part deserves
    at_most: bool = False  # it may get less than these: it spoils its own kernel
    told: str = ""  # a regular expression that a sentence on its row must match, if something must be told
    arrange: Callable[[Path, Target], None] | None = None  # adds to the folder handed in what is no plain file
    gradable: bool = True  # False: there is no notebook to be graded, and its row says why
    # Whether tampering is evident: then a flag must tell the instructor, and else none may; None where it depends.
    flagged: bool | None = False


# Begins every hostile notebook. The kernel's name (and that of all that it forks) becomes the token.
_PRELUDE = """\
import ctypes
import os
from types import SimpleNamespace

target = SimpleNamespace(**{target})
ctypes.CDLL(None).prctl(15, target.token.encode())


def reached(what):
    print("REACHED: " + str(what), flush=True)


def can_read(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return False
"""


def solved(pieces: Pieces, target: Target) -> NotebookNode:
    """An honest notebook, and a cell that tells the attack its target."""
    notebook = pieces.solved()
    return _with_cell(notebook, _prelude(target), _first_answer(notebook))


def unsolved(pieces: Pieces, target: Target, code: str) -> NotebookNode:
    """A notebook without an answer, and a cell of `code` before the first; {names} in it stands for the exercises'
    functions, as in `a = b = 0`."""
    notebook = pieces.blank()
    functions = [name for name in pieces.exercises if f"def {name}(" in pieces.reference[name]]
    for cell in notebook.cells:
        if nbgrader(cell).get("solution") and nbgrader(cell)["grade_id"] in functions:
            cell.source = ""
    text = f"{_prelude(target)}\n{code.replace('{names}', ' = '.join(functions))}"
    return _with_cell(notebook, text, _first_answer(notebook))


def _prelude(target: Target) -> str:
    return _PRELUDE.format(target=repr(asdict(target)))


def handed_in(notebook: NotebookNode, target: Target) -> dict[str, bytes]:
    """The notebook as a submission, as it is: nbformat would put some things right on the way."""
    return {f"{target.assignment}.ipynb": json.dumps(notebook, indent=1).encode()}


def cell(code: str) -> Make:
    """A solved notebook with a cell before its first answer."""

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        notebook = solved(pieces, target)
        return handed_in(_with_cell(notebook, code, _first_answer(notebook)), target)

    return make


def last_cells(code: str, times: int = 1) -> Make:
    """A solved notebook with cells behind its last one."""

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        notebook = solved(pieces, target)
        for _ in range(times):
            _with_cell(notebook, code, len(notebook.cells))
        return handed_in(notebook, target)

    return make


def answer(code: str) -> Make:
    """A notebook whose first exercise is answered by `code`, in which ANSWER is the exercise's name."""

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        notebook, first = solved(pieces, target), pieces.exercises[0]
        notebook.cells[_first_answer(notebook)].source = code.replace("ANSWER", first)
        return handed_in(notebook, target)

    return make


def edited(edit: Callable[[NotebookNode], None]) -> Make:
    """A solved notebook after `edit` changed it."""

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        notebook = pieces.solved()
        edit(notebook)
        return handed_in(notebook, target)

    return make


def raw(content: Callable[[bytes], bytes]) -> Make:
    """Not a notebook, or one that nbformat would not write: what `content` makes of a solved one's bytes."""

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        return {path: content(honest) for path, honest in handed_in(pieces.solved(), target).items()}

    return make


def beside(files: Mapping[str, bytes], make: Make | None = None) -> Make:
    """What `make` gives (a solved notebook by default), and files beside the notebook."""

    def made(pieces: Pieces, target: Target) -> dict[str, bytes]:
        return {**(make or edited(lambda notebook: None))(pieces, target), **files}

    return made


def nbgrader(cell: NotebookNode) -> NotebookNode:
    """What nbgrader wrote about the cell; nothing for a cell that is none of its."""
    found: NotebookNode = cell.metadata.get("nbgrader", NotebookNode())
    return found


def answers(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if nbgrader(cell).get("solution")]


def tests(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if nbgrader(cell).get("grade")]


def _with_cell(notebook: NotebookNode, code: str, place: int) -> NotebookNode:
    notebook.cells.insert(place, new_code_cell(code))
    return notebook


def _first_answer(notebook: NotebookNode) -> int:
    return next(place for place, cell in enumerate(notebook.cells) if nbgrader(cell).get("solution"))
