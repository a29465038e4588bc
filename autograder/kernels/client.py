"""Talk to kernels promptly and warily: never wait for what is there, and bound what comes back."""

from __future__ import annotations

import time
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from traitlets import default

_LARGEST_MESSAGE = 16 << 20  # bytes; a kernel that sends more is cut off
_WAITING_MESSAGES = 32  # a kernel that sends faster than its output can be read has to wait


class PromptClient(AsyncKernelClient):  # type: ignore[misc]
    """A client that is ready once both channels answer; jupyter_client's own sleeps for fractions of a second."""

    def start_channels(self, **channels: bool) -> None:
        """Start all but two: nobody answers `input()`, and the supervisor knows whether the kernel lives."""
        super().start_channels(**{"stdin": False, "hb": False} | channels)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and its output arrives here. Raises RuntimeError where it does not."""
        deadline = time.monotonic() + (timeout or 60)
        while time.monotonic() < deadline and await self._async_is_alive():
            request = self.kernel_info()
            # Output arrives here once the kernel's "idle" after this very request does.
            if await _arrives(self.iopub_channel, request, "status", 0.5):
                if await _arrives(self.shell_channel, request, "kernel_info_reply", 5.0):
                    return
        raise RuntimeError("The kernel does not answer.")

    wait_for_ready = _async_wait_for_ready


async def _arrives(channel: Any, request: str, message_type: str, seconds: float) -> bool:
    """Wait for such a reply to the request; tell whether it came."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = await channel.get_msg(timeout=left)
        except Empty:
            return False
        is_reply = message["msg_type"] == message_type and message["parent_header"].get("msg_id") == request
        if is_reply and message["content"].get("execution_state", "idle") == "idle":
            return True
    return False


class WarmKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """Starts the kernel `warm`, as it is specified beside this file, whatever else is installed."""

    def __init__(self, **kwargs: Any) -> None:
        specifications = KernelSpecManager(kernel_dirs=[str(Path(__file__).parent)])
        super().__init__(kernel_name="warm", kernel_spec_manager=specifications, **kwargs)
        self.client_factory = PromptClient

    def write_connection_file(self, **kwargs: Any) -> None:
        """Write none: nobody needs it, and a kill would leave it behind, with the key in it."""

    @default("context")  # type: ignore[untyped-decorator]
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, _LARGEST_MESSAGE)
        context.setsockopt(zmq.RCVHWM, _WAITING_MESSAGES)
        return context
