"""Correspondence recovered from synthetic scans, in millimetres.

    python -m landmark_driver.head_fit.evaluation.evaluate_synthetic --scans 30

fits random people's scans (any pose and unit, remeshed, 0.5 mm noise, 10 % holes) and compares every skin
vertex of the face with its true position. A scan that cannot be fitted is a failure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head_fit.evaluation.synthetic_scans import SyntheticScan, synthetic_scan
from landmark_driver.head_fit.registration.fit_scan import FittedScan, ScanFitter
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities


@dataclass(frozen=True)
class Recovery:
    """One scan: metres per unit, true and found, vertex errors in the face, and distance to the fitted surface."""

    seed: int
    unit: float
    unit_found: float
    mean_mm: float
    p95_mm: float
    surface_mm: float
    failure: str = ""


def face_vertices(mean: IdentityHead, landmarks: Float[np.ndarray, "478 3"]) -> Bool[np.ndarray, "vertices"]:
    """Return the skin of the face: forward of the ears, between the highest and the lowest landmark.

    Args:
        mean: the model's mean head, metres, head frame.
        landmarks: (478, 3) of the same head, metres, head frame.

    Returns:
        (V,) True for vertices of the face.
    """
    x = mean.vertices
    inside = (x[:, 2] > -0.035) & (x[:, 1] > landmarks[:, 1].min()) & (x[:, 1] < landmarks[:, 1].max())
    inside &= np.isin(np.arange(len(x)), mean.topology.vertices_of("skin"))
    return inside


def recovery(seed: int, made: SyntheticScan, fitted: FittedScan, face: Bool[np.ndarray, "v"]) -> Recovery:
    """Return the distances of the registered head's vertices from the true ones.

    Args:
        seed: the number of the scan, for the record.
        made: the synthetic scan with its true head.
        fitted: the fit to it.
        face: (V,) True for vertices that count.

    Returns:
        Mean and 95th percentile over the face, and the mean distance to the surface, in millimetres.
    """
    off_mm = 1e3 * np.linalg.norm(fitted.to_head(made.truth) - fitted.head.vertices, axis=1)[face]
    return Recovery(
        seed,
        made.scale_to_metres,
        fitted.to_head.scale,
        round(float(off_mm.mean()), 3),
        round(float(np.percentile(off_mm, 95)), 3),
        round(float(1e3 * fitted.distances[fitted.counts].mean()), 3),
    )


def recoveries(seeds: range, model: IdentityModel) -> Iterator[Recovery]:
    """Fit one synthetic scan for each seed, in order.

    Args:
        seeds: draw the person and the scan.
        model: the identity model that people are sampled from and fitted with.

    Returns:
        One record per seed; a failed fit has not-a-number errors and its message.
    """
    embedding = model.landmark_embedding()
    fitter, mean = ScanFitter(model, embedding), model.mean()
    face = face_vertices(mean, embedding(mean.vertices))
    for seed in seeds:
        rng = np.random.default_rng(seed)
        made = synthetic_scan(model.sample(rng), rng)
        try:
            yield recovery(seed, made, fitter(made.scan), face)
        except HeadFitError as error:
            nothing = float("nan")
            yield Recovery(seed, made.scale_to_metres, nothing, nothing, nothing, nothing, str(error))


def main() -> None:
    parser = argparse.ArgumentParser(description="Fits synthetic scans of known heads.")
    parser.add_argument("--scans", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--identities", default=DEFAULT_IDENTITIES)
    options = parser.parse_args()
    found = []
    seeds = range(options.first_seed, options.first_seed + options.scans)
    for row in recoveries(seeds, load_identities(options.identities)):
        found.append(row)
        print(json.dumps(asdict(row)), flush=True)
    good = [row for row in found if not row.failure]
    units = sum(row.unit == row.unit_found for row in good)
    print(f"{len(found) - len(good)} failures of {len(found)}, unit found {units} times")
    if good:
        means = [row.mean_mm for row in good]
        print(f"correspondence in the face: mean {np.mean(means):.2f} mm, worst scan {max(means):.2f} mm")


if __name__ == "__main__":
    main()
