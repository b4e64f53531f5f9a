"""Every runtime that can run the per-frame network in Python, whether or not it is installed here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_limits

from capture.extras import install_command
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import C, evaluators
from landmark_driver.head.eyes import EYE_LOOKS

NetworkCall = Callable[[np.ndarray], np.ndarray]
"""From flat (3 L,) landmark displacements, metres, to flat (3 V,) vertices, metres, head frame."""

RUNTIMES = ("numpy", "c", "torch", "torch compiled")
"""The runtimes that take a character as it is; LiteRT and ONNX Runtime take exported files (`exported_network.py`)."""


def missing(runtime: str) -> str:
    """Return the reason that a runtime cannot run here.

    Args:
        runtime: one of `RUNTIMES`.

    Returns:
        The reason and its remedy; empty where the runtime can run.
    """
    if runtime.startswith("torch") and find_spec("torch") is None:
        return f"PyTorch is not installed: {install_command('train')}"
    if runtime == "c" and C not in evaluators():
        return "the compiled frame is not built: install softdeca again where there is a C compiler"
    return ""


def torch_call(runtime: str, character: Character) -> NetworkCall:
    """Return the exported graph in PyTorch, eyes straight.

    PyTorch's own errors pass through where it is installed but does not work.

    Args:
        runtime: `torch` or `torch compiled`.
        character: with networks.

    Returns:
        The function from flat (3 L,) displacements, metres, to flat (3 V,) vertices, metres, head frame.

    Raises:
        ExportError: for a character without networks.
    """
    from export.graph.graph_call import graph_call

    call = graph_call(character, compiled=runtime == "torch compiled")
    straight = np.zeros(len(EYE_LOOKS), np.float32)
    return lambda displacements: call(displacements, straight).ravel()


def limited_threads(runtime: str, threads: int) -> Callable[[], AbstractContextManager]:
    """Return the context in which a runtime's call uses so many threads.

    Args:
        runtime: one of `RUNTIMES`.
        threads: the limit.

    Returns:
        A function that makes the context. It limits PyTorch's own count, or BLAS's for NumPy.
    """
    if runtime.startswith("torch"):
        return lambda: _TorchThreads(threads)
    return lambda: threadpool_limits(threads)


class _TorchThreads:
    """PyTorch's own count of threads, put back afterwards."""

    def __init__(self, threads: int):
        self._threads = threads

    def __enter__(self) -> None:
        import torch

        self._before = torch.get_num_threads()
        torch.set_num_threads(self._threads)

    def __exit__(self, *_: object) -> None:
        import torch

        torch.set_num_threads(self._before)
