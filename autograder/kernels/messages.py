"""Send and receive JSON, its length before it: so the processes around a kernel talk to each other."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")


def send(stream: socket.socket, message: dict[str, Any]) -> None:
    """Send one message."""
    content = json.dumps(message).encode()
    stream.sendall(_LENGTH.pack(len(content)) + content)


def receive(stream: socket.socket) -> dict[str, Any]:
    """Return the next message. Raises EOFError if the other end is gone, or goes in the middle of one."""
    (length,) = _LENGTH.unpack(receive_bytes(stream, _LENGTH.size))
    message: dict[str, Any] = json.loads(receive_bytes(stream, length))
    return message


def receive_bytes(stream: socket.socket, size: int) -> bytes:
    """Return exactly `size` bytes. Raises EOFError if the other end goes before they are here."""
    parts = []
    while size:
        part = stream.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
