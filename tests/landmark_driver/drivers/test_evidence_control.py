"""A running driver follows the evidence of its frames, beside them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.drivers.evidence_control import EvidenceControl
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.posterior.evidence import Evidence, ResidualChoice

STAY, GO = ResidualChoice(0.05, trembles=True), ResidualChoice(0.15, trembles=True)


class CountingEvidence(Evidence):
    """Favours another choice once it has this many frames."""

    def __init__(self, enough: int):
        self.enough, self.shown, self.forgotten = enough, 0, threading.Event()

    def __len__(self) -> int:
        return self.shown

    def add(self, displacements: np.ndarray) -> None:
        self.shown += 1

    def forget(self) -> None:
        self.shown = 0
        self.forgotten.set()

    def best(self, now: ResidualChoice) -> ResidualChoice:
        return GO if self.shown >= self.enough else STAY


class WatchedDriver:
    """Tells when it is asked to change, and by which thread."""

    def __init__(self, evidence: CountingEvidence):
        self.choice, self.changed, self.compared = STAY, threading.Event(), threading.Semaphore(0)
        self.by = ""
        self.evidence = lambda: evidence

    def shown_by(self, given: DriverInput) -> np.ndarray:
        self.compared.release()
        return given.displacements.ravel()

    def set_choice(self, choice: ResidualChoice) -> None:
        self.by = threading.current_thread().name
        self.choice = choice
        self.changed.set()


def given() -> DriverInput:
    return DriverInput(np.zeros((478, 3)))


def show(control: EvidenceControl, driver: WatchedDriver, frames: int, start_s: float = 0.0) -> None:
    """Offers frames half a second apart, each after the last one was compared."""
    for number in range(frames):
        control.offer(given(), start_s + 0.5 * number)
        assert driver.compared.acquire(timeout=10)


@pytest.mark.parametrize("enough", [1, 10])
def test_the_choice_follows_the_evidence_in_a_thread_of_its_own_after_some_frames(enough: int) -> None:
    driver = WatchedDriver(CountingEvidence(enough))
    control = EvidenceControl(driver)
    show(control, driver, 7)
    assert driver.choice == STAY
    show(control, driver, 4, start_s=10.0)
    assert driver.changed.wait(10) and driver.choice == GO and driver.by == "evidence"
    control.stop()


def test_a_few_frames_a_second_are_enough() -> None:
    driver = WatchedDriver(CountingEvidence(100))
    control = EvidenceControl(driver)
    control.offer(given(), 0.0)
    assert driver.compared.acquire(timeout=10)
    for number in range(1, 8):
        control.offer(given(), number / 30)
    control.stop()
    assert not driver.compared.acquire(blocking=False)


def test_another_neutral_starts_anew() -> None:
    evidence = CountingEvidence(100)
    driver = WatchedDriver(evidence)
    control = EvidenceControl(driver)
    show(control, driver, 3)
    control.forget()
    show(control, driver, 2, start_s=10.0)
    assert evidence.forgotten.wait(10)
    control.stop()
    assert evidence.shown <= 2


def test_the_drivers_own_evidence_takes_what_a_face_shows(character: Character) -> None:
    driver = character.mesh_driver().head_driver
    assert isinstance(driver, SparseDriver)
    evidence = driver.evidence()
    shown = driver.shown_by(given())
    assert shown is not None
    evidence.add(shown)
    assert len(evidence) == 1
    lost = np.ones(478, bool)
    lost[3] = False
    assert driver.shown_by(DriverInput(np.zeros((478, 3)), lost)) is None
