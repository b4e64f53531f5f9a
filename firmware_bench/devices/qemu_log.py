"""Executed instructions from QEMU's log, without a plugin: how often each block ran times how long it is.

`-d in_asm,exec,nochain` lists a block's instructions when it is translated and names it whenever it runs:

    IN: main
    0x00400580:  d10083ff  sub sp, sp, #0x20
    0x00400584:  910003fd  mov x29, sp

    Trace 0: 0x7f5c80000100 [00000000/0000000000400580/00800000/ff020000] main
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_RAN = re.compile(r"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
_INSTRUCTION = re.compile(r"^0x([0-9a-f]+):\s")
_BYTES_PER_INSTRUCTION = 4


def executed_instructions(log: Iterable[str]) -> int:
    """Return how many instructions the whole run executed.

    Args:
        log: the log's lines.

    Returns:
        The sum over all runs of all blocks. A block that is translated anew has its new length from then on.
    """
    lengths: dict[int, int] = {}
    total, translating, start = 0, False, 0
    for line in log:
        if ran := _RAN.match(line):
            total += lengths.get(int(ran[1], 16), 0)
            translating = False
        elif line.startswith("IN:"):
            translating, start = True, 0
        elif translating and (found := _INSTRUCTION.match(line)):
            start = start or int(found[1], 16)
            lengths[start] = (int(found[1], 16) - start) // _BYTES_PER_INSTRUCTION + 1
    return total
