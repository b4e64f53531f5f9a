"""A port of this machine, ours or clearly refused."""

from __future__ import annotations

import errno
import os
import socket

from capture.frames.capture_error import PortInUseError


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a TCP socket bound to an address.

    Args:
        host: IPv4 address of this machine; `0.0.0.0` for all of them.
        port: 0 to 65535; 0 takes any free one.

    Returns:
        The socket, bound and not yet listening.

    Raises:
        PortInUseError: where the number is no port, or the system does not grant it.
    """
    if not 0 <= port <= 65535:
        raise PortInUseError(f"Expected a port from 0 to 65535, got {port}. Choose another with --port.")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name != "nt":
        # A port left a moment ago is free; on Windows the same option would share a port in use.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        why = "in use by another program" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise PortInUseError(
            f"Expected port {port} to be free, got '{why}'. End the other program or choose another with --port."
        ) from None
    return listener
