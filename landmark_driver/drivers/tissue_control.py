"""Other tissue for a head that is running: made ready beside the live loop, shown with the next frame.

Specialising takes some hundredths of a second, longer than a frame may wait, so a thread does it and the
driver goes on with the tissue it has. Where there is a solver, the network's answer is shown first, and the resting head that the
simulator solves replaces the network's as soon as it is there. Only the newest of several requests counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from capture.frames.newest_frame import NewestFrame
from landmark_driver.drivers.head_driver import MaterialDriver
from landmark_driver.tissue.solved_edit import SolvedEdit, same_tissue
from landmark_driver.tissue.tissue_setting import TissueSetting


class RestingSolver(Protocol):
    """A solver of resting heads, in another process."""

    def request(self, setting: TissueSetting, answer: Callable[[SolvedEdit | None, str], None]) -> str:
        """Ask for the resting head of a setting, and return at once.

        Args:
            setting: the tissue.
            answer: called from another thread with the solved edit, or None, and a line for the user; perhaps once more
                with the compliance. Only the newest request is sure of an answer.

        Returns:
            A line for the user, shown until the answer comes.
        """
        ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class _Request:
    number: int
    setting: TissueSetting
    exaggeration: float
    solved: SolvedEdit | None = None


class TissueControl:
    """A control that changes the tissue of one running driver. Its thread starts with the first request."""

    def __init__(self, driver: MaterialDriver, target: TissueSetting, solver: RestingSolver | None = None):
        self.driver, self.target, self.solver = driver, target, solver
        """`target` is the character's own material, which requests edit. `solver` may be given until the first request."""
        self.status = ""
        """A line for the user on the resting head."""
        self._requests: NewestFrame[_Request] = NewestFrame()
        self._asked = 0
        self._answered: set[int] = set()
        self._found: tuple[SolvedEdit, str] | None = None
        self._newest = threading.Lock()
        self._thread: threading.Thread | None = None
        self._in_force, self._solved = threading.Event(), threading.Event()

    def request(
        self,
        values: Mapping[str, float],
        gravity_m_s2: tuple[float, float, float] | None = None,
        exaggeration: float = 1.0,
    ) -> TissueSetting:
        """Request the character's own tissue with some values replaced, and return at once.

        Args:
            values: by name, as in {"cheek_left.stiffness": 0.5, "mandible.scale": 0.9}.
            gravity_m_s2: (3,) m/s^2, head frame; None keeps the character's own.
            exaggeration: factor on the displacement of the resting head and on its swing; 1 is the physics.

        Returns:
            The setting that is made ready.

        Raises:
            TissueSettingError: for a name that does not exist, a value that cannot be simulated, and without a solver a value
                that networks have not learned.
        """
        setting = self.target.with_values(values, gravity_m_s2)
        if self.solver is None:
            setting.check_trained()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="tissue", daemon=True)
            self._thread.start()
        self._in_force.clear()
        self._solved.clear()
        with self._newest:
            self._asked += 1
            self._requests.put(_Request(self._asked, setting, exaggeration))
        return setting

    def wait_until_shown(self, timeout_s: float) -> bool:
        """Wait for the newest request, in scripts and tests, never in the live loop.

        Args:
            timeout_s: seconds after which to give up.

        Returns:
            Whether the newest request is in force.
        """
        return self._in_force.wait(timeout_s)

    def wait_until_solved(self, timeout_s: float) -> bool:
        """Wait for the solved resting head of the newest request, in scripts and tests, never in the live loop.

        Args:
            timeout_s: seconds after which to give up.

        Returns:
            Whether it is shown; never without a solver.
        """
        return self._solved.wait(timeout_s)

    def stop(self) -> None:
        """Stop the thread and the solver; later requests have no effect."""
        self._requests.close()
        if self.solver is not None:
            self.solver.stop()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _work(self) -> None:
        while not self._requests.closed:
            request = self._requests.take(0.5)
            if request is None:
                continue
            if self.solver is not None and request.solved is None:
                request = self._known(request) or self._ask(self.solver, request)
            self.driver.set_material(request.setting, request.solved, request.exaggeration)
            if request.number == self._asked:
                self._in_force.set()
                if request.solved is not None:
                    self._solved.set()

    def _known(self, request: _Request) -> _Request | None:
        """Return the request with what was solved last, where that is of the same tissue."""
        with self._newest:
            found = self._found
            if found is None or not same_tissue(found[0].setting, request.setting):
                return None
            self.status = found[1]
            return replace(request, solved=found[0])

    def _ask(self, solver: RestingSolver, request: _Request) -> _Request:
        """Have the resting head solved while the network's answer is made ready; return the request as it is."""
        status = solver.request(request.setting, lambda solved, said: self._take(request, solved, said))
        with self._newest:
            if request.number not in self._answered:
                self.status = status
        return request

    def _take(self, request: _Request, solved: SolvedEdit | None, said: str) -> None:
        """Put the solver's answer in force, unless something newer was requested meanwhile."""
        with self._newest:
            if request.number != self._asked:
                return
            self._answered.add(request.number)
            self.status = said
            if solved is not None:
                self._found = (solved, said)
                self._requests.put(replace(request, solved=solved))
