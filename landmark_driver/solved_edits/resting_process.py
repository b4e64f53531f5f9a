"""The live side of the process that solves resting heads: its start, its requests, its answers, its end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import IO

import numpy as np
from jaxtyping import Float

from capture.extras import install_command
from landmark_driver.solved_edits.resting_messages import Message, read_arrays, write_arrays
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_setting import SAME_TISSUE, TissueSetting

Answer = Callable[[SolvedEdit | None, str], None]
WORKER_MODULE = "landmark_driver.solved_edits.resting_worker"
_WARMING = "resting head: the network's; the simulator is getting ready (10 s, some minutes the first time)"
_SOLVING = "resting head: the network's; the simulator is solving"
_ENDED = "resting head: the network's; the simulator's process has ended"


class RestingProcess:
    """A `RestingSolver` in a process of its own, which starts with the first request."""

    def __init__(self, neutral: Float[np.ndarray, "vertices 3"], module: str = WORKER_MODULE):
        """Take the head.

        Args:
            neutral: (V, 3) metres, head frame, on the default identity model's mesh.
            module: the module that is run as the process.
        """
        self._neutral, self._module = neutral, module
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._warm = self._stopped = False
        self._number, self._asked_s, self._rested_s = 0, 0.0, 0.0
        self._waiting: tuple[TissueSetting, Answer] | None = None
        self._lock = threading.Lock()

    def request(self, setting: TissueSetting, answer: Answer) -> str:
        """Ask for the resting head of a setting, and return at once.

        Args:
            setting: the tissue.
            answer: called from another thread with the solved edit, or None, and a line for the user; once more with the
                compliance. Only the newest request is sure of an answer.

        Returns:
            A line for the user, shown until the answer comes.
        """
        if np.abs(setting.code()).max() < SAME_TISSUE:
            with self._lock:
                self._number, self._waiting = self._number + 1, None
            return ""
        if find_spec("numba") is None:
            return f"resting head: the network's; the simulator needs {install_command('physics')}"
        with self._lock:
            if self._stopped:
                return _ENDED
            self._number, self._waiting, self._asked_s = (
                self._number + 1,
                (setting, answer),
                time.perf_counter(),
            )
            try:
                self._send({"number": np.array([self._number]), "code": setting.code()})
            except OSError:
                return _ENDED
            return _SOLVING if self._warm else _WARMING

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process; None before the first request."""
        return self._process

    def stop(self) -> None:
        """End the process; later requests have no effect."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.kill()
            process.wait()
            assert self._thread is not None and process.stdin is not None and process.stdout is not None
            self._thread.join()
            process.stdin.close()
            process.stdout.close()

    def _send(self, message: Message) -> None:
        pipe = self._process or self._start()
        assert pipe.stdin is not None
        write_arrays(pipe.stdin, message)

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None and process.stdout is not None
        write_arrays(process.stdin, {"neutral": self._neutral.astype(np.float32)})
        self._thread = threading.Thread(
            target=self._listen, args=(process.stdout,), name="resting head", daemon=True
        )
        self._thread.start()
        return process

    def _listen(self, answers: IO[bytes]) -> None:
        while (message := read_arrays(answers)) is not None:
            if "seconds" in message:
                self._warm = True
            else:
                self._take(message)
        with self._lock:
            waiting, self._waiting, stopped = self._waiting, None, self._stopped
            self._stopped = True
        if waiting is not None and not stopped:
            waiting[1](None, _ENDED)

    def _take(self, message: Message) -> None:
        with self._lock:
            if int(message["number"][0]) != self._number or self._waiting is None:
                return
            setting, answer = self._waiting
            if "rest" in message and "compliance" not in message:
                self._rested_s = time.perf_counter() - self._asked_s
            else:
                self._waiting = None
        if "error" in message:
            why = message["error"].tobytes().decode()
            answer(None, f"resting head: the network's; the simulator found none ({why})")
        else:
            edit = SolvedEdit(setting, message["rest"], compliance=message.get("compliance"))
            answer(edit, f"resting head: simulated, {self._rested_s:.1f} s")
