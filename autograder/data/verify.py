"""Check a file against the registry: first its size, which costs nothing, then its checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autograder.data.registry import RemoteFile

BLOCK = 1 << 20


def problem(file: RemoteFile, path: Path) -> str | None:
    """The problem with the file at `path`, as the end of a sentence that begins with its name; None if it is correct.

    Raises OSError if it cannot be read.
    """
    if not path.exists():
        return "is missing"
    if not path.is_file():
        return "is no file"
    if (size := path.stat().st_size) != file.size:
        return f"has {size:,} bytes instead of {file.size:,}"
    # "Not for security" lets MD5 run on systems that forbid it; as the only checksum, it guards against accidents.
    hashes = [hashlib.new(checksum.hash_name, usedforsecurity=False) for checksum in file.checksums]
    with path.open("rb") as content:
        while block := content.read(BLOCK):
            for hash_ in hashes:
                hash_.update(block)
    for checksum, hash_ in zip(file.checksums, hashes, strict=True):
        if not checksum.holds(found := hash_.hexdigest()):
            return f"has the {checksum.algorithm} {found[: len(checksum.digest)]} instead of {checksum.digest}"
    return None


def is_here(file: RemoteFile, folder: Path) -> bool:
    """Whether the data folder has a file of the right size; its content is not checked."""
    path = folder / file.path
    return path.is_file() and path.stat().st_size == file.size
