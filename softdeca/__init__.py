"""The public face of the project: the names that a program imports, and the command line in `cli.py` and `commands/`.

No mathematics and no PyTorch lives here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capture.extras import MissingExtraError
    from capture.frames.arkit import ARKIT_NAMES
    from capture.frames.capture_error import CaptureError
    from capture.frames.landmark_frame import LandmarkFrame
    from capture.output_file import OutputError
    from capture.softdeca_error import SoftdecaError
    from capture.sources.live_source import DEMO_TAKE, open_source
    from capture.sources.newest_frames import newest_frames
    from export.animation.drive_to_file import drive_to_file
    from export.export_error import ExportError, ParityError
    from export.formats.open_exported import open_exported
    from firmware_bench.measure.bench_error import BenchError
    from landmark_driver.character import Character, CharacterError
    from landmark_driver.compiled.library import EvaluatorError
    from landmark_driver.dress.skin import SkinError
    from landmark_driver.drivers.make_driver import DriverError
    from landmark_driver.head.identity_model import HeadModelError
    from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
    from landmark_driver.hypernetwork.data.dataset_error import DatasetError
    from landmark_driver.live.drive import drive
    from landmark_driver.live.face_driver import DrivenFace, FaceDriver
    from landmark_driver.network.frame_file import FrameFileError
    from landmark_driver.network.network_weights import WeightsError
    from landmark_driver.simulation.energy.simulation_error import SimulationError
    from landmark_driver.solved_edits.solved_edit_error import SolvedEditError
    from landmark_driver.tissue.tissue_error import TissueSettingError
    from softdeca.api.export_model import export_model
    from softdeca.api.fit import fit_photos, fit_scan
    from softdeca.api.simulate import simulate
    from softdeca.api.solve_material import solve_material

__all__ = [
    "ARKIT_NAMES",
    "DEMO_TAKE",
    "BenchError",
    "CaptureError",
    "Character",
    "CharacterError",
    "DatasetError",
    "DrivenFace",
    "DriverError",
    "EvaluatorError",
    "ExportError",
    "FaceDriver",
    "FrameFileError",
    "HeadFitError",
    "HeadModelError",
    "LandmarkFrame",
    "MissingExtraError",
    "OutputError",
    "ParityError",
    "SimulationError",
    "SkinError",
    "SoftdecaError",
    "SolvedEditError",
    "TissueSettingError",
    "WeightsError",
    "drive",
    "drive_to_file",
    "export_model",
    "fit_photos",
    "fit_scan",
    "newest_frames",
    "open_exported",
    "open_source",
    "simulate",
    "solve_material",
]

_NAMES = {
    "capture.extras": ("MissingExtraError",),
    "capture.frames.arkit": ("ARKIT_NAMES",),
    "capture.frames.capture_error": ("CaptureError",),
    "capture.frames.landmark_frame": ("LandmarkFrame",),
    "capture.output_file": ("OutputError",),
    "capture.softdeca_error": ("SoftdecaError",),
    "capture.sources.live_source": ("DEMO_TAKE", "open_source"),
    "capture.sources.newest_frames": ("newest_frames",),
    "export.animation.drive_to_file": ("drive_to_file",),
    "export.export_error": ("ExportError", "ParityError"),
    "export.formats.open_exported": ("open_exported",),
    "firmware_bench.measure.bench_error": ("BenchError",),
    "landmark_driver.character": ("Character", "CharacterError"),
    "landmark_driver.compiled.library": ("EvaluatorError",),
    "landmark_driver.dress.skin": ("SkinError",),
    "landmark_driver.drivers.make_driver": ("DriverError",),
    "landmark_driver.head.identity_model": ("HeadModelError",),
    "landmark_driver.head_fit.scan_files.head_fit_error": ("HeadFitError",),
    "landmark_driver.hypernetwork.data.dataset_error": ("DatasetError",),
    "landmark_driver.live.drive": ("drive",),
    "landmark_driver.live.face_driver": ("DrivenFace", "FaceDriver"),
    "landmark_driver.network.frame_file": ("FrameFileError",),
    "landmark_driver.network.network_weights": ("WeightsError",),
    "landmark_driver.simulation.energy.simulation_error": ("SimulationError",),
    "landmark_driver.solved_edits.solved_edit_error": ("SolvedEditError",),
    "landmark_driver.tissue.tissue_error": ("TissueSettingError",),
    "softdeca.api.export_model": ("export_model",),
    "softdeca.api.fit": ("fit_photos", "fit_scan"),
    "softdeca.api.simulate": ("simulate",),
    "softdeca.api.solve_material": ("solve_material",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name from its home, at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'softdeca' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
