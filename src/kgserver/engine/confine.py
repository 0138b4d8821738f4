"""What a worker takes from itself before it reads a question: the network, and endless memory."""

from __future__ import annotations

import contextlib
import ctypes
import platform
import resource
import struct
import sys

__all__ = ["limit_memory", "own_network", "refuse_sockets"]


def own_network() -> bool:
    """Move this process to a network of its own with nothing in it; tell whether it worked.

    Needs Linux, and root or leave to make user namespaces.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    new_network, new_user = 0x40000000, 0x10000000
    return any(libc.unshare(flags) == 0 for flags in (new_network, new_network | new_user))


def refuse_sockets() -> bool:
    """Make the system call `socket` fail in this process; tell whether it worked.

    Needs Linux on a processor named here, and no privilege: it holds in containers too.
    """
    calls = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
    if sys.platform != "linux" or platform.machine() not in calls:
        return False
    architecture, socket_call = calls[platform.machine()]
    load, jump_if, end = 0x20, 0x15, 0x06
    allow, permission_denied = 0x7FFF0000, 0x00050000 | 13
    steps = (
        (load, 0, 0, 4),  # the architecture; another than this one may do as it likes
        (jump_if, 0, 3, architecture),
        (load, 0, 0, 0),  # the number of the call
        (jump_if, 0, 1, socket_call),
        (end, 0, 0, permission_denied),
        (end, 0, 0, allow),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    no_new_privileges, set_filter, by_program = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(set_filter, by_program, program, 0, 0) == 0)


def limit_memory(mebibytes: int) -> None:
    """Let this process grow by so much from now on.

    The limit is on address space, of which the store maps some 600 MiB that it hardly touches:
    counted from here, it means what queries may use.
    """
    mapped = 1 << 30
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    size = mapped + (mebibytes << 20)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
