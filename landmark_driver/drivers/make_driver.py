"""Which driver moves a character: its networks where it has any, or the one that is asked for."""

from __future__ import annotations

from typing import Literal, get_args

from landmark_driver.character import Character, CharacterError
from landmark_driver.drivers.linear_driver import LinearDriver
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.scan_character import ScanCharacter, ScanDriver

DriverName = Literal["landmarks", "weights", "linear"]
"""SparseSoftDECA on landmarks, SoftDECA on ARKit weights, 52 linear blendshapes."""
DRIVER_NAMES: tuple[DriverName, ...] = get_args(DriverName)

TemplateDriver = LinearDriver | SparseDriver | WeightsDriver
FrameDriver = TemplateDriver | ScanDriver


def choose_driver(
    character: Character, name: DriverName | None = None
) -> tuple[FrameDriver, TissueControl | None]:
    """The driver for MediaPipe's points, and what changes its tissue if it has any.

    Without a name `landmarks` for a character with networks, else `linear`. Raises CharacterError for a
    driver that needs networks where there are none.
    """
    head = character.template
    driver = _of_template(head, name or ("landmarks" if head.network is not None else "linear"))
    tissue = None
    if head.network is not None and not isinstance(driver, LinearDriver):
        tissue = TissueControl(driver, head.network.shown)
    if isinstance(character, ScanCharacter):
        return ScanDriver(character, driver), tissue
    return driver, tissue


def _of_template(head: Character, name: DriverName) -> TemplateDriver:
    if name == "linear":
        return LinearDriver(head, head.embedding)
    if head.network is None:
        raise CharacterError(
            f"Expected a character with networks for the driver '{name}', got one of linear blendshapes only. "
            "Use --driver linear, or make a character with networks with 'softdeca head fit'."
        )
    if name == "weights":
        return WeightsDriver(head, head.network, head.embedding)
    return SparseDriver(head, head.network.fold(head.embedding, load_tracker_response().noise))
