"""What the programs share that train on the command line: options, the folder of a run, and how a run ends.

`python -m solutions.a4_cifar10` and its like leave a log, a checkpoint and their settings in a folder. The same command
goes on from there; a command with other settings is refused, so that no log mixes two trainings.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import torch

GOES_ON = "The same command goes on after the last finished epoch."


class Refused(Exception):
    """The program does not do what it was asked for; the message says why, and what to do."""


def command_line(assignment: str, *, description: str, epilog: str) -> argparse.ArgumentParser:
    """A parser with the options that every program has."""
    parser = argparse.ArgumentParser(
        prog=f"python -m solutions.{assignment}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", default="data", help="folder with the data sets; what is missing is fetched (data)")
    parser.add_argument("--runs", default="runs", type=Path, help="folder for what comes out (runs)")
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers (0)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="processor threads")
    return parser


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options of a program that trains epoch by epoch in a `RunFolder`."""
    parser.add_argument("--anew", action="store_true", help="forget this recipe's earlier run and begin again")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The chosen options; those of the processor threads are in force."""
    chosen = parser.parse_args(arguments)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    return chosen


def exit_code(work: Callable[[], None], *, if_stopped: str = GOES_ON, rank: int = 0, processes: int = 1) -> int:
    """Do the work. Returns 0, 1 where it failed, 2 where it was refused, 130 after Ctrl-C; a sentence says which.

    Of several processes that do the same, the first speaks for all.
    """
    try:
        work()
    except KeyboardInterrupt:
        _say(f"\nStopped. {if_stopped}", rank)
        return 130
    except Refused as refusal:
        _say(str(refusal), rank)
        return 2
    except (OSError, HTTPException, RuntimeError) as problem:
        sentence = getattr(problem, "reason", problem)
        print(sentence if processes == 1 else f"process {rank}: {sentence}")
        return 1
    return 0


def _say(text: str, rank: int) -> None:
    if rank == 0:
        print(text)


@dataclass(frozen=True)
class RunFolder:
    """The folder of one training: settings.json, log.jsonl with a line for each epoch, and checkpoint.pt."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.pt"

    @property
    def log(self) -> Path:
        return self.path / "log.jsonl"

    def begin(self, settings: dict[str, Any], *, anew: bool) -> None:
        """Note the settings of a run that begins; one that is there already keeps its own, unless it begins `anew`."""
        self.path.mkdir(parents=True, exist_ok=True)
        if anew:
            for path in (self.checkpoint, self.log, self._settings):
                path.unlink(missing_ok=True)
        if not self._settings.exists():
            self._settings.write_text(json.dumps(settings) + "\n")

    def refusal(self, settings: dict[str, Any]) -> str | None:
        """A sentence if the run that is there has other settings."""
        before = self.settings()
        if before == settings:
            return None
        changed = ", ".join(f"{k} {before.get(k)} → {v}" for k, v in settings.items() if before.get(k) != v)
        remedy = "Add --anew to forget it, or choose another --runs."
        return f"{self.path} holds a run with other settings ({changed}). {remedy}"

    def settings(self) -> dict[str, Any]:
        """What the run began with."""
        settings: dict[str, Any] = json.loads(self._settings.read_text())
        return settings

    def write(self, record: dict[str, Any]) -> None:
        """Append a line to the log."""
        append(self.log, record)

    @property
    def _settings(self) -> Path:
        return self.path / "settings.json"


def append(log: Path, record: dict[str, Any]) -> None:
    """Append the record to the log as a line of JSON."""
    with log.open("a") as file:
        file.write(json.dumps(record) + "\n")


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write the state to `path`; an interruption leaves the file that was there."""
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)
