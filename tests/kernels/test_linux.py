"""What the kernel and the C library do for us, seen in /proc."""

from __future__ import annotations

import os
import platform

import pytest

from autograder.kernels import linux
from benchmarks.processes import own_mb


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_goes_back_although_some_of_it_is_still_in_use() -> None:
    blocks = [bytes(4096) for _ in range(30_000)]
    kept = blocks[::1000]
    before = own_mb(os.getpid())
    del blocks
    linux.trim_heap()
    assert before - own_mb(os.getpid()) > 80  # of 117 MB
    assert len(kept) == 30
