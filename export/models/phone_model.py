"""A character's TFLite model for the phone's page: made once by a process of its own, and kept in the user's cache."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np

from capture.takes.take_header import software
from capture.tracking.tracking_model import cached_model_path
from export.graph.exported_driver import exported_driver
from landmark_driver.character import Character
from landmark_driver.tissue.tissue_setting import default_setting

_CONVERTERS = ("torch", "litert_torch", "ai_edge_litert")
_LEAST_PRIORITY = 19
_CODE = Path(__file__).parents[1]
_log = logging.getLogger(__name__)


class PhoneModel:
    """The place of a head's model. The first call starts `softdeca export`, at the lowest priority and on one core.

    Use it in a `with` block, which ends an export that still runs.
    """

    def __init__(self, head: str, cache: Path | None = None) -> None:
        """Take the head to export, and the folder of models.

        Args:
            head: path of a .safetensors character, or "default".
            cache: takes the models; None for a folder in the user's cache.
        """
        self._head = head
        self._folder = cached_model_path().parent / "phone_models" if cache is None else cache
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PhoneModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def __call__(self, character: Character) -> Path | None:
        """Return the path of a character's model.

        Args:
            character: the one of `head`.

        Returns:
            The path, where the file may still be in the making; None where there can be none.
        """
        with self._lock:
            if character.network is None:
                return None
            self._path = self._path or self._folder / f"{model_key(character)}.tflite"
            return self._path if self._path.exists() or self._is_made(self._path) else None

    def _is_made(self, path: Path) -> bool:
        """Return whether the file is in the making or made. The export is started if it was not."""
        if self._process is None:
            if not _can_convert():
                return False
            self._process = _export(self._head, path)
        ended = self._process.poll()
        if ended is None or path.exists():
            return True
        _log.warning("no model for the phone's page: the export ended with %s, see %s", ended, _log_of(path))
        return False


def model_key(character: Character, code: Path = _CODE) -> str:
    """Return a name of all that a model is made of: this package's code, the networks, and the head's frame.

    Args:
        character: one with networks.
        code: the folder whose Python files count.

    Returns:
        32 hexadecimal digits.

    The target material is an input of the model, so that the frame of the default material counts.
    """
    assert character.network is not None, "a character with networks"
    network = character.network.with_target(default_setting())
    program = exported_driver(replace(character, network=network)).program
    digest = hashlib.sha256(software().encode())
    for source in sorted(code.rglob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    for arrays in (network.weights.arrays, program.arrays()):
        for name in sorted(arrays):
            digest.update(np.asarray(arrays[name]).tobytes())
    return digest.hexdigest()[:32]


def _can_convert() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in _CONVERTERS)


def _export(head: str, path: Path) -> subprocess.Popen[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "softdeca", "export", head, "--format", "tflite", "--out", str(path)]
    with _log_of(path).open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    os.setpriority(os.PRIO_PROCESS, process.pid, _LEAST_PRIORITY)
    return process


def _log_of(path: Path) -> Path:
    return path.with_suffix(".log")
