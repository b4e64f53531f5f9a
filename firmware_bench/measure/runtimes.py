"""Every runtime that can run the per-frame network in Python, whether or not it is installed here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_limits

from landmark_driver.character import Character
from landmark_driver.head.eyes import EYE_LOOKS

NetworkCall = Callable[[np.ndarray], np.ndarray]
"""Flattened landmark displacements to flattened vertices."""

RUNTIMES = ("numpy", "torch", "torch compiled")
"""Those that take a character as it is; LiteRT and ONNX Runtime take exported files (`exported_network.py`)."""


def missing(runtime: str) -> str:
    """Why a runtime cannot run here; empty where it can."""
    if runtime.startswith("torch") and find_spec("torch") is None:
        return "PyTorch is not installed: pip install 'softdeca[train]'"
    return ""


def torch_call(runtime: str, character: Character) -> NetworkCall:
    """Return the exported graph in PyTorch, eager or compiled, eyes straight.

    Raises whatever PyTorch raises where it is installed but does not work.
    """
    from export.graph.graph_call import graph_call

    call = graph_call(character, compiled=runtime == "torch compiled")
    straight = np.zeros(len(EYE_LOOKS), np.float32)
    return lambda displacements: call(displacements, straight).ravel()


def limited_threads(runtime: str, threads: int) -> Callable[[], AbstractContextManager]:
    """What a call of `runtime` runs in so that it uses so many threads."""
    if runtime.startswith("torch"):
        return lambda: _TorchThreads(threads)
    return lambda: threadpool_limits(threads)


class _TorchThreads:
    """PyTorch's own count, put back afterwards."""

    def __init__(self, threads: int):
        self._threads = threads

    def __enter__(self) -> None:
        import torch

        self._before = torch.get_num_threads()
        torch.set_num_threads(self._threads)

    def __exit__(self, *_: object) -> None:
        import torch

        torch.set_num_threads(self._before)
