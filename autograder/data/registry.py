"""Read the list of data sets, `datasets/registry.toml`, and refuse wrong entries early."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autograder.course import CourseError

# How many hexadecimal digits a checksum has; a prefix is as long as the part in a file's name.
DIGITS = {"sha256": range(64, 65), "md5": range(32, 33), "sha256-prefix": range(8, 65)}
NAME = re.compile(r"[a-z][a-z0-9_]*")
# Narrow on purpose: no "..", no hidden file, no backslash, colon, blank or control character of any system.
PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
OUR_SUFFIXES = (".part", ".wrong")
TEXTS = ("title", "publisher", "homepage", "licence", "citation", "use")


@dataclass(frozen=True)
class Checksum:
    """A checksum of a whole file."""

    algorithm: str  # a key of DIGITS
    digest: str  # hexadecimal digits in lower case

    @property
    def hash_name(self) -> str:
        """The name under which `hashlib` knows the hash."""
        return self.algorithm.removesuffix("-prefix")

    def holds(self, digest: str) -> bool:
        """Whether a file whose whole hash is `digest`, in hexadecimal digits, is the right one."""
        return digest.startswith(self.digest)


@dataclass(frozen=True)
class RemoteFile:
    """One file of a data set."""

    path: str  # below the data folder
    urls: tuple[str, ...]  # mirrors, in the order in which they are tried
    size: int  # in bytes
    checksums: tuple[Checksum, ...]


@dataclass(frozen=True)
class Dataset:
    """A data set or a network's weights."""

    name: str
    title: str
    publisher: str
    homepage: str
    licence: str
    citation: str
    use: str  # how to load it; {folder} is the folder it was fetched into
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def read_registry(path: Path) -> dict[str, Dataset]:
    """The data sets in the registry at `path`, in its order. Raises CourseError if an entry is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"There is no registry of data sets: {path} is missing.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is no TOML file: {error}.") from error
    try:
        return {name: _dataset(name, table) for name, table in tables.items()}
    except _Wrong as wrong:
        raise CourseError(f"{path}: {wrong}") from None


def choose(registry: dict[str, Dataset], names: Iterable[str]) -> list[Dataset]:
    """The data sets called `names`, each once. Raises CourseError for a name that is not in the registry."""
    for name in names:
        if name not in registry:
            raise CourseError(f"There is no data set {name!r}. There are: {', '.join(registry) or 'none'}.")
    return [registry[name] for name in dict.fromkeys(names)]


class _Wrong(Exception):
    """An entry is wrong; the message is a sentence that begins with the entry's name."""


def _dataset(name: str, table: Any) -> Dataset:
    if not NAME.fullmatch(name):
        raise _Wrong(f"[{name}] is no name for a data set; use small letters, digits and underscores.")
    if not isinstance(table, dict):
        raise _Wrong(f"{name} is no table; write [{name}] and its fields below.")
    _fields(table, {*TEXTS, "files"}, where=f"[{name}]")
    for field in TEXTS:
        if not isinstance(table[field], str) or not table[field].strip():
            raise _Wrong(f"[{name}] {field} must be a text that is not empty.")
    if not isinstance(table["files"], list) or not table["files"]:
        raise _Wrong(f"[{name}] names no files; write [[{name}.files]] for each.")
    files = tuple(_file(file, f"[{name}] file {number}") for number, file in enumerate(table["files"], start=1))
    # Some systems take A.gz and a.gz for the same file.
    paths = [file.path.lower() for file in files]
    if twice := {path for path in paths if paths.count(path) > 1}:
        raise _Wrong(f"[{name}] names {', '.join(sorted(twice))} twice.")
    return Dataset(name=name, files=files, **{field: table[field] for field in TEXTS})


def _file(table: Any, where: str) -> RemoteFile:
    if not isinstance(table, dict):
        raise _Wrong(f"{where} is no table.")
    _fields(table, {"path", "urls", "size", "checksums"}, where)
    path, size = table["path"], table["size"]
    if not isinstance(path, str) or not PATH.fullmatch(path) or path.endswith(OUR_SUFFIXES):
        raise _Wrong(
            f"{where}: the path {path!r} must lead to a file below the data folder, like images/train.gz: letters, "
            f"digits, '.', '-' and '_' between slashes, no part beginning with a dot, not ending in "
            f"{' or '.join(OUR_SUFFIXES)}."
        )
    if type(size) is not int or size <= 0:
        raise _Wrong(f"{where}: size must be the number of bytes, not {size!r}.")
    return RemoteFile(
        path=path,
        urls=tuple(_url(text, where) for text in _texts(table["urls"], "urls", where)),
        size=size,
        checksums=tuple(_checksum(text, where) for text in _texts(table["checksums"], "checksums", where)),
    )


def _url(text: str, where: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isascii() or not text.isprintable() or " " in text:
        raise _Wrong(f"{where}: {text!r} is no address that begins with https:// or http://.")
    return text


def _checksum(text: str, where: str) -> Checksum:
    algorithm, _, digest = text.partition(":")
    if len(digest) not in DIGITS.get(algorithm, ()) or not re.fullmatch("[0-9a-f]+", digest):
        raise _Wrong(
            f"{where}: {text!r} is no checksum; write sha256: and 64 hexadecimal digits in small letters, md5: and 32, "
            "or sha256-prefix: and at least 8."
        )
    return Checksum(algorithm, digest)


def _texts(value: Any, field: str, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise _Wrong(f"{where}: {field} must be a list of texts that is not empty.")
    return value


def _fields(table: dict[str, Any], expected: set[str], where: str) -> None:
    if missing := expected - table.keys():
        raise _Wrong(f"{where} lacks {', '.join(sorted(missing))}.")
    if unknown := table.keys() - expected:
        raise _Wrong(f"{where} has {', '.join(sorted(unknown))}, which means nothing here.")
