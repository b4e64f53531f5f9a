"""`softdeca head fit`: a scan in, a character out, with a report."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from capture.output_file import check_output
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.head_fit.registration.face_error import in_mm
from landmark_driver.head_fit.registration.fit_scan import FittedScan, Progress, ScanFitter
from landmark_driver.head_fit.scan_files.read_scan import read_scan
from landmark_driver.head_fit.scans.scan_to_character import character_of_scan


def fit_file(
    scan_path: Path, out: Path, model: IdentityModel, progress: Progress = lambda step: None
) -> dict[str, Any]:
    """Write the character of a scan, with heads of `model` registered to it, and return the report.

    Raises HeadFitError for a scan that cannot be used, OutputError for a place that cannot be written to;
    then nothing is written.
    """
    check_output(out, (".safetensors",))
    started_s = time.perf_counter()
    progress("reading")
    scan = read_scan(scan_path)
    fitted = ScanFitter(model, model.landmark_embedding())(scan, progress)
    progress("carrying expressions over")
    report = fit_report(fitted)
    provenance = {"scan": scan_path.name, "fit": report, "coefficients": _rounded(fitted)}
    character_of_scan(model, fitted, provenance).save(out)
    return {"path": str(out), "seconds": round(time.perf_counter() - started_s, 1)} | report


def fit_report(fitted: FittedScan) -> dict[str, Any]:
    """What the fit found and how near it came; distances in mm, over the visible face."""
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
