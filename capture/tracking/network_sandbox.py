"""The bars that shut a process off from every network, before any library in it sends a byte.

Two bars stand one behind the other:

1. Proxy variables name a local port on which nothing listens. MediaPipe 1.x honours them:
   its usage statistics end at the closed port, without a look-up. This works on every system.
2. A seccomp filter stands on Linux (x86-64 and arm64): the kernel itself answers `socket` and `io_uring_setup`
   with "permission denied". It holds for all threads and all children, for the rest of the process's life.
   Sockets of the local machine are refused as well, since a name can be looked up through a
   local resolver daemon. Pipes and files, cameras among them, are untouched.

On macOS and Windows only the first bar exists: there a library that ignored proxies could reach
the network. The pinned MediaPipe does not.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from dataclasses import dataclass

NOWHERE = "http://127.0.0.1:9"
"""The discard port of this machine; a connection to it is refused at once."""

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
EXEMPTIONS = ("no_proxy", "NO_PROXY")


@dataclass(frozen=True)
class SystemCalls:
    """Numbers of one processor architecture, from the kernel's headers."""

    audit_arch: int
    seccomp: int
    socket: int
    io_uring_setup: int = 425


SYSTEM_CALLS = {
    "x86_64": SystemCalls(audit_arch=0xC000003E, seccomp=317, socket=41),
    "aarch64": SystemCalls(audit_arch=0xC00000B7, seccomp=277, socket=198),
}

PR_SET_NO_NEW_PRIVS = 38
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_TSYNC = 1
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
LINUX_EACCES = 13
BPF_LOAD_WORD = 0x20
BPF_JUMP_IF_EQUAL = 0x15
BPF_JUMP_IF_AT_LEAST = 0x35
BPF_RETURN = 0x06
FIRST_X32_CALL = 0x40000000
"""On x86-64, calls from here on are the same ones again under the x32 interface."""


def proxies_to_nowhere(environment: dict[str, str]) -> dict[str, str]:
    """Return a copy of an environment in which every proxy is `NOWHERE`, without exemptions.

    Args:
        environment: variables by name.

    Returns:
        Variables by name.
    """
    kept = {name: value for name, value in environment.items() if name not in EXEMPTIONS}
    return kept | dict.fromkeys(PROXY_VARIABLES, NOWHERE)


def refuse_sockets() -> bool:
    """Make the kernel refuse this process every new socket from now on.

    Returns:
        True where the kernel does so. False on other systems than Linux, on other processors, and where a container
        forbids seccomp; the proxy variables are then the only bar.

    It cannot be undone.
    """
    calls = SYSTEM_CALLS.get(platform.machine())
    if not sys.platform.startswith("linux") or calls is None or sys.maxsize <= 2**32:
        return False
    return install_filter(refusal_program(calls), calls, SECCOMP_FILTER_FLAG_TSYNC) == 0


def install_filter(program: bytes, calls: SystemCalls, flags: int) -> int:
    """Give the kernel a filter for this thread and its children.

    Args:
        program: the filter's instructions, 8 bytes each.
        calls: the numbers of this processor.
        flags: of seccomp; `SECCOMP_FILTER_FLAG_TSYNC` for all threads of the process.

    Returns:
        The kernel's answer: 0 for an installed filter, -1 if refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return -1
    return libc.syscall(calls.seccomp, SECCOMP_SET_MODE_FILTER, flags, header)


def refusal_program(calls: SystemCalls) -> bytes:
    """Return the filter that refuses calls that make sockets and allows all others.

    Args:
        calls: the numbers of this processor.

    Returns:
        The filter in the kernel's instructions.
    """
    return calls_answered(calls, (calls.socket, calls.io_uring_setup), SECCOMP_RET_ERRNO | LINUX_EACCES)


def calls_answered(calls: SystemCalls, numbers: tuple[int, ...], answer: int) -> bytes:
    """Return a filter that gives an answer to some calls, refuses foreign interfaces and allows the rest.

    Args:
        calls: the numbers of this processor.
        numbers: the system calls that get the answer.
        answer: a `SECCOMP_RET_…` value.

    Returns:
        The filter in the kernel's instructions.

    A word holds (code, jump if true, jump if false, operand); the data it looks at are the call's number
    at byte 0 and the architecture at byte 4. Calls made through another interface of the processor
    (32-bit, x32) have other numbers, and are refused whatever they are.
    """
    refuse = SECCOMP_RET_ERRNO | LINUX_EACCES
    words = [
        (BPF_LOAD_WORD, 0, 0, 4),
        (BPF_JUMP_IF_EQUAL, 1, 0, calls.audit_arch),
        (BPF_RETURN, 0, 0, refuse),
        (BPF_LOAD_WORD, 0, 0, 0),
        (BPF_JUMP_IF_AT_LEAST, 0, 1, FIRST_X32_CALL),
        (BPF_RETURN, 0, 0, refuse),
    ]
    for number in numbers:
        words += [(BPF_JUMP_IF_EQUAL, 0, 1, number), (BPF_RETURN, 0, 0, answer)]
    return b"".join(struct.pack("HBBI", *word) for word in [*words, (BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW)])
