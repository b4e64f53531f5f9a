"""Runs a command and reports every attempt of it, or of any process it starts, to reach anything.

Linux only. The kernel is asked (seccomp, user notification) to stop every call that addresses somebody
or opens a file, and to ask us first. So the watch sees what a program does, in whatever language and
however it is linked; nothing passes while it looks; and it needs neither privileges nor a debugger.

An attempt is a line of text: `127.0.0.1:9`, `[2001:db8::1]:443`, `unix:/run/nscd/socket`, or
`look-up: /etc/resolv.conf` for a process that reads what a resolver reads before it asks anybody. Only
`ALLOWED` addresses are let through, all others are answered "network unreachable".

As a script it is the watched side: it installs the filter, tells its number, and becomes the command.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from capture.tracking.network_sandbox import SYSTEM_CALLS, calls_answered, install_filter

ALLOWED = ("127.0.0.1:9",)
RESOLVER_FILES = ("/etc/resolv.conf", "/etc/hosts")

CALLS = {
    "x86_64": {"open": 2, "connect": 42, "sendto": 44, "sendmsg": 46, "openat": 257, "sendmmsg": 307},
    "aarch64": {"connect": 203, "sendto": 206, "sendmsg": 211, "openat": 56, "sendmmsg": 269},
}
SECCOMP_FILTER_FLAG_NEW_LISTENER = 8
SECCOMP_RET_USER_NOTIF = 0x7FC00000
NOTIFICATION = struct.Struct("<QIIiIQ6Q")
"""id, thread, flags; number of the call, architecture, instruction pointer, six arguments."""
ANSWER = struct.Struct("<QqiI")
"""id, value, error, flags."""
RECEIVE = 0xC0502100
SEND = 0xC0182101
CONTINUE = 1
LINUX_ENETUNREACH = 101
PIDFD_GETFD = 438


@dataclass
class WatchedRun:
    """What a watched command tried, printed (both streams) and ended with."""

    attempts: list[str] = field(default_factory=list)
    output: str = ""
    status: int = -1


def watchable() -> bool:
    return sys.platform.startswith("linux") and platform.machine() in CALLS


def watched(command: Sequence[str], *, timeout_s: float = 60, environment: dict | None = None) -> WatchedRun:
    """Runs `command` under watch to its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.network_watch", *command],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
    )
    assert process.stdin is not None and process.stdout is not None
    run = WatchedRun()
    first_line = process.stdout.readline()
    assert first_line.strip().isdigit(), f"the kernel gives no notifications: {first_line!r}"
    listener = _fetched_descriptor(process.pid, int(first_line))
    watcher = threading.Thread(target=_watch, args=(listener, run.attempts))
    watcher.start()
    try:
        run.output = process.communicate(b"\n", timeout_s)[0].decode(errors="replace")
    finally:
        process.kill()
        watcher.join()
        os.close(listener)
    run.status = process.returncode
    return run


def _watch(listener: int, attempts: list[str]) -> None:
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    while True:
        [(_, events)] = poller.poll()
        if not events & select.POLLIN:  # every watched process has ended
            return
        try:
            _answer_one(listener, attempts)
        except FileNotFoundError:  # the caller was killed while it waited
            continue


def _answer_one(listener: int, attempts: list[str]) -> None:
    buffer = bytearray(NOTIFICATION.size)
    fcntl.ioctl(listener, RECEIVE, buffer)
    call_id, thread, _, number, _, _, *arguments = NOTIFICATION.unpack(buffer)
    attempt = _attempt(thread, number, arguments)
    if attempt is not None:
        attempts.append(attempt)
    passes = attempt is None or attempt in ALLOWED or attempt.startswith("look-up")
    answer = (0, 0, CONTINUE) if passes else (0, -LINUX_ENETUNREACH, 0)
    fcntl.ioctl(listener, SEND, ANSWER.pack(call_id, *answer))


def _attempt(thread: int, number: int, arguments: list[int]) -> str | None:
    name = {number: name for name, number in CALLS[platform.machine()].items()}[number]
    if name in ("open", "openat"):
        path = _memory(thread, arguments[name == "openat"], 256).split(b"\0")[0].decode(errors="replace")
        return f"look-up: {path}" if path in RESOLVER_FILES else None
    if name == "connect":
        pointer, length = arguments[1:3]
    elif name == "sendto":
        pointer, length = arguments[4:6]
    else:  # both begin with a message header, and that with the address
        pointer, length = struct.unpack("QI", _memory(thread, arguments[1], 12))
    return _address(_memory(thread, pointer, length)) if pointer else None


def _address(data: bytes) -> str:
    family = struct.unpack_from("H", data)[0]
    if family == socket.AF_INET:
        return f"{socket.inet_ntoa(data[4:8])}:{int.from_bytes(data[2:4], 'big')}"
    if family == socket.AF_INET6:
        return f"[{socket.inet_ntop(family, data[8:24])}]:{int.from_bytes(data[2:4], 'big')}"
    if family == socket.AF_UNIX:
        return f"unix:{data[2:].split(bytes(1))[0].decode(errors='replace')}"
    return f"address family {family}"


def _memory(thread: int, pointer: int, length: int) -> bytes:
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(pointer)
        return memory.read(length)


def _fetched_descriptor(process: int, descriptor: int) -> int:
    """Our own copy of another process's file descriptor."""
    handle = os.pidfd_open(process)
    copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, handle, descriptor, 0)
    os.close(handle)
    assert copy >= 0, os.strerror(ctypes.get_errno())
    return copy


def _become(command: list[str]) -> None:
    machine = platform.machine()
    numbers = tuple(CALLS[machine].values())
    program = calls_answered(SYSTEM_CALLS[machine], numbers, SECCOMP_RET_USER_NOTIF)
    os.write(
        1, f"{install_filter(program, SYSTEM_CALLS[machine], SECCOMP_FILTER_FLAG_NEW_LISTENER)}\n".encode()
    )
    os.read(0, 1)
    os.execv(command[0], command)


if __name__ == "__main__":
    _become(sys.argv[1:])
