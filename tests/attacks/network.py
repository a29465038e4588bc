"""Network: to ask somebody, to tell somebody, or to let somebody in."""

from __future__ import annotations

from tests.attacks import Attack, cell

TCP = """\
import socket

for host in ("127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"):
    try:
        with socket.create_connection((host, target.tcp_port), timeout=1) as there:
            there.sendall(target.token.encode())
        reached(f"{host}:{target.tcp_port}")
    except OSError:
        pass
"""

UDP = """\
import socket

try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.sendto(target.token.encode(), ("127.0.0.1", target.udp_port))
except OSError:
    pass
"""

INTERNET = """\
import socket
import threading
import urllib.request


def resolve():
    for name in ("example.org", "pypi.org"):
        try:
            reached(socket.getaddrinfo(name, 443))
        except OSError:
            pass


thread = threading.Thread(target=resolve, daemon=True)
thread.start()
thread.join(1)
for address in (("1.1.1.1", 53), ("8.8.8.8", 443)):
    try:
        socket.create_connection(address, timeout=0.5).close()
        reached(address)
    except OSError:
        pass
try:
    if others := {name for _, name in socket.if_nameindex()} - {"lo"}:
        print("interfaces:", others)
except OSError:
    pass
"""

UNIX = """\
import socket

for address in ("\\0" + target.socket, target.socket_path):
    try:
        with socket.socket(socket.AF_UNIX) as there:
            there.connect(address)
            there.sendall(target.token.encode())
        reached(repr(address))
    except OSError:
        pass
"""

LISTEN = """\
import socket
import threading
import time


def answer(listener):
    while True:
        there, _ = listener.accept()
        there.sendall(target.token.encode())


for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    try:
        listener = socket.socket(family)
        listener.bind((host, target.open_port))
        listener.listen()
        threading.Thread(target=answer, args=[listener], daemon=True).start()
    except OSError:
        pass
time.sleep(1)
"""

SCAN = """\
import socket

for port in range(1, 1 << 16):
    with socket.socket() as there:
        there.settimeout(0.1)
        try:
            if there.connect_ex(("127.0.0.1", port)) == 0 and there.getpeername() != there.getsockname():
                reached(f"port {port}")
        except OSError:
            break
"""

OTHER_FAMILIES = """\
import socket

for family, kind, protocol in (
    ("AF_PACKET", socket.SOCK_RAW, 0x300), ("AF_INET", socket.SOCK_RAW, 1), ("AF_INET6", socket.SOCK_RAW, 58),
):
    try:
        socket.socket(getattr(socket, family), kind, protocol).close()
        reached(f"raw packets of {family}")
    except (AttributeError, OSError):
        pass
"""

_NETWORK = "network namespace with nothing in it"

ATTACKS = [
    Attack("tcp", "connects to a service of the machine", cell(TCP), _NETWORK, "connects"),
    Attack("udp", "sends a datagram to a service of the machine", cell(UDP), _NETWORK, "sends"),
    Attack("internet", "asks for names and addresses outside", cell(INTERNET), _NETWORK, "asks"),
    Attack("unix", "connects to Unix sockets, in the file system and abstract", cell(UNIX), _NETWORK, "connects"),
    Attack("listen", "waits for somebody to connect", cell(LISTEN), _NETWORK, "is a server on the machine"),
    Attack("scan", "tries all ports of the machine", cell(SCAN), _NETWORK, "finds all services", at_most=True),
    Attack("raw-packets", "opens raw sockets", cell(OTHER_FAMILIES), "no privileges", "as its user may"),
]
