"""The process that solves resting heads of one head: `python -m landmark_driver.solved_edits.resting_worker`.

It is a fresh interpreter beside the live one and keeps the head's layers and factors. It reads `resting_messages` from standard
input, solves the newest request alone, and ends when the other side is gone, even in the middle of a solve.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from capture.frames.newest_frame import NewestFrame
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.sample_generator import SampleFailed, SampleGenerator
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.solved_edits.resting_messages import Message, read_arrays, write_arrays
from landmark_driver.tissue.tissue_parameters import GRAVITY
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting, setting_from_code

QUICK = SolverSettings(tolerance_mm=0.003, max_iterations=1000)
"""Over seven edits of the default head it takes 0.65 to 0.92 of the iterations of a kept solve (`kept_solves.CLOSE`).
Vertices differ by up to 0.004 mm in an edit's mean and 0.043 mm at most. At 0.03 mm softer tissue stops before it has moved."""

_POLITE = 1
"""Added niceness: the frames of the live process come first. On a machine at load 9 the picture followed after 1.1 s,
and with 5 after 1.9."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other side, which then ends this one
    if hasattr(os, "nice"):
        os.nice(_POLITE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no message
    first = read_arrays(sys.stdin.buffer)
    if first is None:
        return
    requests: NewestFrame[Message] = NewestFrame()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    serve(first["neutral"].astype(float), requests, answers)


def serve(neutral: np.ndarray, requests: NewestFrame[Message], answers: BinaryIO) -> None:
    """Warm up, then answer the newest request again and again.

    Args:
        neutral: (V, 3) metres, the head's neutral vertices.
        requests: a slot that holds the newest request; closed at the end.
        answers: where the answers go.
    """
    start_s = time.perf_counter()
    generate = _warm(neutral)
    write_arrays(answers, {"seconds": np.array([time.perf_counter() - start_s])})
    while not requests.closed:
        request = requests.take(0.5)
        if request is not None:
            for answer in _answers(generate, request["code"], requests):
                write_arrays(answers, {"number": request["number"]} | answer)


def _warm(neutral: np.ndarray) -> SampleGenerator:
    """Return the head's tissue with everything compiled and the default resting head solved."""
    identities = load_identities()
    generate = SimulationPhysics(identities, solving=QUICK)(
        IdentityHead(identities.topology, neutral, np.zeros(0))
    )
    generate(np.zeros(ARKIT_COUNT), default_setting().with_values({"all.volume": 1.1}))
    return generate


def _answers(
    generate: SampleGenerator, code: np.ndarray, requests: NewestFrame[Message]
) -> Iterator[Message]:
    """Yield the resting head, and then with it how it gives way to 1 g more along each axis."""
    setting = setting_from_code(code)
    try:
        rest = _resting(generate, setting)
        yield {"rest": rest}
        compliance = given_way(generate, setting, rest, lambda: requests.waiting)
    except SampleFailed as error:
        yield {"error": np.frombuffer(str(error).encode(), np.uint8)}
        return
    if compliance is not None:
        yield {"rest": rest, "compliance": compliance}


def given_way(
    generate: SampleGenerator,
    setting: TissueSetting,
    rest: Float[np.ndarray, "vertices 3"],
    stopped: Callable[[], bool] = lambda: False,
) -> Float[np.ndarray, "3 vertices 3"] | None:
    """Return how a resting head gives way to more gravity, by differences over 1 g.

    Args:
        generate: of the head.
        setting: the tissue.
        rest: (V, 3) metres: displacements of the resting head.
        stopped: asked before each axis.

    Returns:
        (3, V, 3) metres under 1 m/s^2 along each axis, float32; None where it was stopped.

    Raises:
        SampleFailed: where there is no equilibrium.
    """
    moved = []
    for axis in np.eye(3):
        if stopped():
            return None
        pulled = replace(setting, gravity=setting.gravity + GRAVITY.default * axis)
        moved.append((_resting(generate, pulled) - rest) / GRAVITY.default)
    return np.array(moved, np.float32)


def _resting(generate: SampleGenerator, setting: TissueSetting) -> np.ndarray:
    return generate(np.zeros(ARKIT_COUNT), setting).displacement.astype(np.float32)


def _listen(stream: BinaryIO, requests: NewestFrame[Message]) -> None:
    while (message := read_arrays(stream)) is not None:
        requests.put(message)
    os._exit(0)  # the other side is gone: a solve must not keep this process alive


if __name__ == "__main__":
    main()
