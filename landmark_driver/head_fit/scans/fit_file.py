"""A scan's file in, its character out, with a report among the sources that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from landmark_driver.character import Character
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.head_fit.registration.face_error import in_mm
from landmark_driver.head_fit.registration.fit_scan import FittedScan, Progress, ScanFitter
from landmark_driver.head_fit.scan_files.read_scan import read_scan
from landmark_driver.head_fit.scans.scan_to_character import character_of_scan


def fit_file(scan_path: Path, model: IdentityModel, progress: Progress = lambda step: None) -> Character:
    """Fit the character of a scan.

    Args:
        scan_path: the scan's file.
        model: the identity model whose heads are registered.
        progress: called with the name of each step.

    Returns:
        The character; `provenance["fit"]` has the entries of `fit_report`.

    Raises:
        HeadFitError: for a scan that cannot be used.
    """
    progress("reading")
    scan = read_scan(scan_path)
    fitted = ScanFitter(model, model.landmark_embedding())(scan, progress)
    progress("carrying expressions over")
    report = fit_report(fitted)
    provenance = {"scan": scan_path.name, "fit": report, "coefficients": _rounded(fitted)}
    return character_of_scan(model, fitted, provenance)


def fit_report(fitted: FittedScan) -> dict[str, Any]:
    """Return the findings of a fit and its errors.

    Args:
        fitted: the fitted scan.

    Returns:
        Distances over the visible face in millimetres, metres per scan unit, counts, repairs and notes.
    """
    return {
        "surface_error_mm": in_mm(fitted.distances[fitted.counts]),
        "landmark_error_mm": round(1e3 * fitted.landmark_error_m, 3),
        "scale_to_metres": fitted.to_head.scale,
        "vertices": len(fitted.scan.vertices),
        "faces": len(fitted.scan.faces),
        "repairs": fitted.clean.repairs,
        "notes": list(fitted.notes),
    }


def _rounded(fitted: FittedScan) -> list[float]:
    return [float(value) for value in np.round(fitted.head.coefficients, 4)]
