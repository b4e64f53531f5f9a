"""The messages between the live process and the one that solves resting heads: named arrays after the message's length.

to the solver      neutral (V, 3) metres, once;  then  number (1,), code (93,) of a setting
from the solver    seconds (1,) once it is warm;  then  number (1,), and rest (V, 3) metres or error (n,) bytes of a text,
                   and once more with compliance (3, V, 3) seconds squared, unless a newer request waits
"""

from __future__ import annotations

import struct
from typing import IO

import numpy as np
from safetensors.numpy import load, save

Message = dict[str, np.ndarray]
_LENGTH = struct.Struct("<I")


def write_arrays(stream: IO[bytes], message: Message) -> None:
    """Write a message and send it off.

    Args:
        stream: a pipe's writing end.
        message: arrays by name.
    """
    content = save({name: np.ascontiguousarray(array) for name, array in message.items()})
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def read_arrays(stream: IO[bytes]) -> Message | None:
    """Return the next message.

    Args:
        stream: a pipe's reading end.

    Returns:
        Arrays by name; None once the other side is gone.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    return load(content) if len(content) == length else None
