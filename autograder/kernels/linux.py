"""Make the system calls that sandboxes need, by their names in the manual pages; Linux on x86-64 and AArch64.

Each function raises OSError with the call's name where the kernel refuses.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
# CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER and CLONE_NEWUTS
_ALL_NAMESPACES = 0x7E020000
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# Numbers on (x86-64, AArch64).
# fmt: off
_SYSCALLS = {
    "acct": (163, 89),                     "add_key": (248, 217),                 "bpf": (321, 280),
    "capset": (126, 91),                   "chroot": (161, 51),                   "clone": (56, 220),
    "clone3": (435, 435),                  "connect": (42, 203),                  "delete_module": (176, 106),
    "fanotify_init": (300, 262),           "finit_module": (313, 273),            "fsconfig": (431, 431),
    "fsmount": (432, 432),                 "fsopen": (430, 430),                  "fspick": (433, 433),
    "init_module": (175, 105),             "io_uring_enter": (426, 426),          "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),          "kexec_file_load": (320, 294),         "kexec_load": (246, 104),
    "keyctl": (250, 219),                  "landlock_add_rule": (445, 445),       "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),  "memfd_create": (319, 279),            "memfd_secret": (447, 447),
    "mount": (165, 40),                    "mount_setattr": (442, 442),           "move_mount": (429, 429),
    "msgget": (68, 186),                   "name_to_handle_at": (303, 264),       "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),               "perf_event_open": (298, 241),         "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),        "process_vm_writev": (311, 271),       "ptrace": (101, 117),
    "quotactl": (179, 60),                 "reboot": (169, 142),                  "request_key": (249, 218),
    "setns": (308, 268),                   "shmget": (29, 194),                   "socket": (41, 198),
    "swapoff": (168, 225),                 "swapon": (167, 224),                  "syslog": (103, 116),
    "umount2": (166, 39),                  "unshare": (272, 97),                  "userfaultfd": (323, 282),
}
# fmt: on
_LOOKED_AT = {"clone", "clone3", "connect", "socket"}  # refused with some arguments, or sometimes
_OURS = {"capset", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self"}
# No notebook needs these. Each can look out of a sandbox, hold memory that no limit counts, or is a favourite of kernel
# exploits.
_REFUSED = sorted(_SYSCALLS.keys() - _LOOKED_AT - _OURS)

_MADV_COLLAPSE = 25
_LARGE_PAGE = 2 << 20
_M_MMAP_THRESHOLD = -3
_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *args: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(f"the number of {name} is not known on {platform.machine()}")
    values = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    result: int = _libc.syscall(ctypes.c_long(_SYSCALLS[name][machine[0]]), *values)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def _prctl(option: int, *args: int | ctypes.Array[ctypes.c_char]) -> None:
    values = [ctypes.c_ulong(arg) if isinstance(arg, int) else arg for arg in args]
    padding = [ctypes.c_ulong(0)] * (4 - len(values))
    if _libc.prctl(option, *values, *padding) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl({option}): {os.strerror(error)}")


def unshare_all() -> None:
    """Move this process, which must have one thread, into new namespaces of all kinds."""
    _call("unshare", _ALL_NAMESPACES)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system; see mount(2)."""
    try:
        _call(
            "mount",
            os.fsencode(source),
            os.fsencode(target),
            kind.encode() or None,
            flags,
            options.encode() or None,
        )
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror} ({kind or source} on {target})") from None


def unmount(target: str) -> None:
    """Take the mount out of sight; a process with a file open in it keeps that file."""
    _call("umount2", os.fsencode(target), _MNT_DETACH)


def make_read_only(target: str, *, recursive: bool = True) -> None:
    """Have nothing below the mount `target` be written, be a device or change the user from now on."""
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    _call("mount_setattr", _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE if recursive else 0, buffer, len(attributes))


def pivot_root(new_root: str) -> None:
    """Make the folder `new_root`, a mount, the folder `/`; what was there before is gone."""
    os.chdir(new_root)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def die_with_parent(parent: int) -> None:
    """Have this process killed once `parent`, which forked it, is gone."""
    _prctl(_PR_SET_PDEATHSIG, 9)
    if os.getppid() not in (parent, 0):  # 0: the parent lives outside of this PID namespace
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents died."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def allow_proc_self() -> None:
    """Give /proc/self to this process's user again, after the user changed."""
    _prctl(_PR_SET_DUMPABLE, 1)


def drop_privileges() -> None:
    """Drop all capabilities, for this process and every program that it starts."""
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:  # There are no more, or this process may not drop them.
            break
    header = struct.pack("II", 0x20080522, 0)
    no_capabilities = bytes(24)
    _call("capset", ctypes.create_string_buffer(header, 8), ctypes.create_string_buffer(no_capabilities, 24))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def refuse_system_calls(*, network: bool) -> None:
    """Filter the system calls of this process and all it starts: no mounts, namespaces, tracing, modules and the like.

    With `network`, there are the sockets of a network namespace, but none that reaches the host of a virtual machine.
    Without it, Unix sockets can listen, and nothing can connect: a process that connects to a socket with a path could
    have one of its user's services run programs outside. Threads that run already are not filtered.
    """
    column, architecture = _MACHINES[platform.machine()]
    numbers = {name: row[column] for name, row in _SYSCALLS.items()}
    load = 0x20
    jump_if_equal = 0x15
    jump_if_set = 0x45
    jump_if_greater = 0x35
    keep_bits = 0x54
    give_back = 0x06
    allow = 0x7FFF0000
    kill = 0x80000000
    refuse = 0x00050000 | errno.EPERM
    unknown = 0x00050000 | errno.ENOSYS
    program: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4),
        (jump_if_equal, 1, 0, architecture),
        (give_back, 0, 0, kill),
        (load, 0, 0, 0),
        (jump_if_greater, 0, 1, 0x40000000),  # the x32 interface has numbers of its own
        (give_back, 0, 0, refuse),
        (jump_if_equal, 0, 1, numbers["clone3"]),  # its flags cannot be looked at; libc falls back to clone
        (give_back, 0, 0, unknown),
        (jump_if_equal, 0, 4, numbers["clone"]),
        (load, 0, 0, 16),
        (jump_if_set, 0, 1, _ALL_NAMESPACES),
        (give_back, 0, 0, refuse),
        (give_back, 0, 0, allow),
    ]
    if network:
        families = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
        program += [(jump_if_equal, 0, 3 + len(families), numbers["socket"]), (load, 0, 0, 16)]
        program += [(jump_if_equal, len(families) - number, 0, family) for number, family in enumerate(families)]
        program += [(give_back, 0, 0, refuse), (give_back, 0, 0, allow)]
    else:
        program += [
            (jump_if_equal, 0, 7, numbers["socket"]),
            (load, 0, 0, 16),
            (jump_if_equal, 0, 3, 1),  # AF_UNIX
            (load, 0, 0, 24),
            (keep_bits, 0, 0, 15),
            (jump_if_equal, 1, 0, 1),  # SOCK_STREAM
            (give_back, 0, 0, refuse),
            (give_back, 0, 0, allow),
        ]
    for name in _REFUSED if network else [*_REFUSED, "connect"]:
        program += [(jump_if_equal, 0, 1, numbers[name]), (give_back, 0, 0, refuse)]
    program.append((give_back, 0, 0, allow))
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    instructions = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(instructions))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header, len(header)))


def landlock_version() -> int:
    """Return the version of Landlock that the system has; 0 for none."""
    try:
        return _call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def landlock(readable: list[str], writable: list[str], sockets: list[str]) -> None:
    """Restrict this thread and all it starts to these paths, and as far as the system can, keep them from network ports
    and from outside processes. In `sockets` they may make Unix sockets."""
    version = landlock_version()
    files = (1 << (13 + (version >= 2) + (version >= 3))) - 1  # version 2: refer, 3: truncate
    if version >= 5:
        files |= 1 << 15  # ioctl on devices
    network = 3 if version >= 4 else 0  # bind and connect
    scope = 3 if version >= 6 else 0  # abstract sockets and signals
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("QQQ", files, network, scope)
    ruleset = _call("landlock_create_ruleset", ctypes.create_string_buffer(attributes, 24), size, 0)
    read = 1 | 4 | 8  # execute, read files, read folders
    only_files = 1 | 2 | 4 | (1 << 14 if version >= 3 else 0)  # what a file, not a folder, can be allowed
    for paths, access in (
        (readable, read),
        (writable, files & ~(1 << 6 | 1 << 11)),  # no device
        (sockets, 1 << 9),
    ):
        for path in paths:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = access if os.path.isdir(path) else access & only_files
            rule = struct.pack("=Qi", allowed, handle)
            _call("landlock_add_rule", ruleset, 1, ctypes.create_string_buffer(rule, len(rule)), 0)
            os.close(handle)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _call("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def merge_pages() -> None:
    """Put this process's memory into large pages where the system can (Linux 6.1), so that a fork copies few entries.

    A fork of hundreds of MB spends most of its time on the table of pages.
    """
    _libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    with open("/proc/self/maps") as maps:
        for line in maps:
            bounds, access, _, _, inode, *_ = line.split()
            if access != "rw-p" or inode != "0":
                continue
            begin, end = (int(bound, 16) for bound in bounds.split("-"))
            first = -(-begin // _LARGE_PAGE) * _LARGE_PAGE
            for page in range(first, end - _LARGE_PAGE + 1, _LARGE_PAGE):
                _libc.madvise(page, _LARGE_PAGE, _MADV_COLLAPSE)


def map_large_blocks() -> None:
    """Have large blocks of memory go back to the system when they are freed, now and later.

    The C library would keep blocks as large as the largest that was ever freed, up to 32 MB, below whatever is still
    in use; see mallopt(3).
    """
    if hasattr(_libc, "mallopt"):  # the GNU library's
        _libc.mallopt(_M_MMAP_THRESHOLD, 128 << 10)
