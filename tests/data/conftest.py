"""A file as the registry would describe it."""

from __future__ import annotations

import hashlib

from autograder.data.registry import Checksum, Dataset, RemoteFile

CONTENT = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(4000))  # 128,000 bytes that no zip shortens


def remote_file(*urls: str, path: str = "raw/train.gz", content: bytes = CONTENT) -> RemoteFile:
    checksums = (
        Checksum("sha256", hashlib.sha256(content).hexdigest()),
        Checksum("md5", hashlib.md5(content).hexdigest()),
    )
    return RemoteFile(path=path, urls=urls, size=len(content), checksums=checksums)


def dataset(*files: RemoteFile) -> Dataset:
    return Dataset(
        name="toy",
        title="Toys",
        publisher="A publisher",
        homepage="https://example.org",
        licence="MIT",
        citation="A. Author: Toys. 2020.",
        use='Toys("{folder}")',
        files=files,
    )
