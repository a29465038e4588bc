"""A mirror on this machine that misbehaves on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Range")))
        try:
            self.server.behaviours.get(self.path, honest)(self)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough

    @property
    def content(self) -> bytes:
        return self.server.contents[self.path]

    def head(self, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def body(self, content: bytes) -> None:
        self.server.sent += len(content)
        self.wfile.write(content)
        self.wfile.flush()

    def wanted(self) -> bytes:
        """Send the head of an honest answer; returns what its body should be."""
        content = self.content
        if asked := self.headers.get("Range"):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.head(
                206,
                Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}",
                Content_Length=len(content) - start,
            )
            return content[start:]
        self.head(Content_Length=len(content))
        return content

    def log_message(self, *args: object) -> None:
        pass


class Mirror(ThreadingHTTPServer):
    """`asked` is what was asked for: (path, Range header); `sent` the bytes of all bodies sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.contents: dict[str, bytes] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.sent = 0
        self.closing = threading.Event()

    def url(self, path: str, content: bytes = b"", behaviour: Behaviour | None = None) -> str:
        """The address under which the mirror serves `content` from now on, in its manner."""
        self.contents[path] = content
        if behaviour:
            self.behaviours[path] = behaviour
        return f"http://127.0.0.1:{self.server_port}{path}"


@contextmanager
def running_mirror() -> Iterator[Mirror]:
    with Mirror() as mirror:
        thread = threading.Thread(target=mirror.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield mirror
        finally:
            mirror.closing.set()
            mirror.shutdown()
            thread.join()


def honest(handler: Handler) -> None:
    handler.body(handler.wanted())


def slow(handler: Handler) -> None:
    content = handler.wanted()
    for start in range(0, len(content), 1 + len(content) // 10):
        handler.body(content[start : start + 1 + len(content) // 10])
        handler.server.closing.wait(0.02)


def truncating(handler: Handler) -> None:
    """Announces and sends only the first half."""
    half = handler.content[: len(handler.content) // 2]
    handler.head(Content_Length=len(half))
    handler.body(half)


def dying(handler: Handler) -> None:
    """Announces all, sends half of it and hangs up."""
    content = handler.wanted()
    handler.body(content[: len(content) // 2])
    handler.close_connection = True


def dying_unannounced(handler: Handler) -> None:
    """Sends half of it without a word on how much there is, and hangs up: no different from a short page."""
    handler.head()
    handler.body(handler.content[: len(handler.content) // 2])


def silent_about_length(handler: Handler) -> None:
    handler.head()
    handler.body(handler.content)


def chunked(handler: Handler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.head(Transfer_Encoding="chunked", Connection="close")
    for start in range(0, len(handler.content), 1000):
        piece = handler.content[start : start + 1000]
        handler.body(b"%x\r\n%s\r\n" % (len(piece), piece))
    handler.body(b"0\r\n\r\n")


def endless(handler: Handler) -> None:
    handler.head()
    while not handler.server.closing.is_set():
        handler.body(b"and so on " * 10_000)


def stalling(handler: Handler) -> None:
    """Sends half of it and then nothing more, holding the line."""
    content = handler.wanted()
    handler.body(content[: len(content) // 2])
    handler.server.closing.wait(60)


def mute(handler: Handler) -> None:
    """Takes the question and says nothing."""
    handler.server.closing.wait(60)


def hanging_up(handler: Handler) -> None:
    handler.close_connection = True


def garbage(handler: Handler) -> None:
    """Other bytes of the right size."""
    handler.body(bytes(255 - byte for byte in handler.wanted()))


def page(handler: Handler) -> None:
    """A page of a network that wants you to log in first."""
    handler.head(Content_Type="text/html")
    handler.body(b"<html>Welcome to the campus network</html>")


def ignoring_range(handler: Handler) -> None:
    handler.head(Content_Length=len(handler.content))
    handler.body(handler.content)


def confused_by_range(handler: Handler) -> None:
    """Answers a question for a part with another part."""
    if handler.headers.get("Range"):
        handler.head(206, Content_Range=f"bytes 0-9/{len(handler.content)}", Content_Length=10)
        handler.body(handler.content[:10])
    else:
        honest(handler)


def refusing_range(handler: Handler) -> None:
    if handler.headers.get("Range"):
        handler.head(416, Content_Length=0)
    else:
        honest(handler)


def labelled_gzip(handler: Handler) -> None:
    """Says of a file that is a .gz that it was compressed for the way."""
    handler.head(Content_Length=len(handler.content), Content_Encoding="gzip")
    handler.body(handler.content)


def status(code: int) -> Behaviour:
    def answer(handler: Handler) -> None:
        handler.head(code, Content_Length=0)

    return answer


def redirect(location: str) -> Behaviour:
    def answer(handler: Handler) -> None:
        handler.head(302, Location=location, Content_Length=0)

    return answer
