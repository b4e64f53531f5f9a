"""The two maps of the tracker's response, learned from reports and truth: a local one, and a kernel for what that leaves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer

from landmark_driver.landmarks.tracker_response import kernel

_NEIGHBOURS, _REACH_M = 12, 0.035
_LOCAL_RIDGE, _LEAST_MOTION_M, _POOLED_OVER_M = 0.1, 0.3e-3, 0.008
_LOCAL = 0.35
"""The fraction of the local map that counts; the rest is what is reported. All of it is better on drawn heads, less of it keeps
more of a real face's signals."""
_GAINS = (
    ((336, 296, 334, 293, 300, 107, 66, 105, 63, 70), 1, 1.3),
    ((129, 358), 1, 2.15),
    ((61, 291), 0, 1.32),
    ((152,), 1, 1.12),
)
"""Landmarks, axis and factor: brows, nose wings, corners of the mouth and the chin move less on the head than their landmarks do,
because the head's shapes are one artist's."""
_GAIN_REACH_M = 0.012
_LENGTH, _KERNEL_RIDGE, _WHITER = 0.27, 0.03, 0.3
"""The kernel's length, over the median distance of sights; how much lesser directions count for more than their size."""
_SUPPORT_POINTS, _FEATURES, _RANK = 3000, 80, 48


def local_map(
    reported: Float[np.ndarray, "samples coordinates"],
    true: Float[np.ndarray, "samples coordinates"],
    neutral: Float[np.ndarray, "468 3"],
) -> tuple[Integer[np.ndarray, "468 neighbours"], Float[np.ndarray, "468 3 read"]]:
    """Return the ridge regression of each landmark on those around it, towards a plain gain.

    Args:
        reported: (S, 1404) metres, head frame, flat.
        true: (S, 1404) metres, head frame, flat.
        neutral: (468, 3) metres, head frame.

    Returns:
        The landmarks read, and what each of their coordinates counts for; a landmark with few neighbours reads itself again,
        for nothing.
    """
    count = len(neutral)
    apart = np.linalg.norm(neutral[:, None] - neutral[None], axis=2)
    moment, cross = reported.T @ reported / len(reported), reported.T @ true / len(reported)
    pooled = np.exp(-((apart / _POOLED_OVER_M) ** 2) / 2)
    pooled /= pooled.sum(1, keepdims=True)
    least = _LEAST_MOTION_M**2
    agree, squared = (pooled @ np.diag(matrix).reshape(count, 3) + least for matrix in (cross, moment))
    gain = agree / squared
    near = np.array([_spread_out(apart, landmark) for landmark in range(count)])
    local = np.zeros((count, 3, near.shape[1], 3))
    for landmark, chosen in enumerate(near):
        kept = np.unique(chosen, return_index=True)[1]
        columns = (3 * chosen[kept, None] + np.arange(3)).ravel()
        own = 3 * landmark + np.arange(3)
        system = moment[np.ix_(columns, columns)]
        system = system + _LOCAL_RIDGE * np.trace(system) / len(system) * np.eye(len(system))
        right = cross[np.ix_(columns, own)] - moment[np.ix_(columns, own)] * gain[landmark]
        solved = np.linalg.solve(system, right).T.reshape(3, len(kept), 3)
        local[landmark, :, kept] = solved.transpose(1, 0, 2)
        local[landmark, range(3), 0, range(3)] += gain[landmark]
    local *= _LOCAL
    local[:, range(3), 0, range(3)] += 1 - _LOCAL
    local *= _gains(apart)[:, :, None, None]
    return near.astype(np.int16), local.reshape(count, 3, -1).astype(np.float32)


def _spread_out(apart: Float[np.ndarray, "468 468"], landmark: int) -> Integer[np.ndarray, "neighbours"]:
    """Return the landmark and others within reach, each as far as can be from those before it."""
    within = np.flatnonzero(apart[landmark] < _REACH_M)
    chosen = [landmark]
    while len(chosen) < min(_NEIGHBOURS, len(within)):
        chosen.append(int(within[np.argmax(apart[within][:, chosen].min(1))]))
    return np.array(chosen + [landmark] * (_NEIGHBOURS - len(chosen)))


def _gains(apart: Float[np.ndarray, "468 468"]) -> Float[np.ndarray, "468 3"]:
    gains = np.ones((len(apart), 3))
    for landmarks, axis, factor in _GAINS:
        nearness = np.exp(-((apart[:, list(landmarks)].min(1) / _GAIN_REACH_M) ** 2) / 2)
        gains[:, axis] *= 1 + (factor - 1) * nearness
    return gains


def kernel_map(
    reported: Float[np.ndarray, "samples c"],
    true: Float[np.ndarray, "samples c"],
    left: Float[np.ndarray, "samples c"],
    weights: Float[np.ndarray, "samples"],
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Return the map from reports to what the local map leaves: kernel ridge regression on some of the sights.

    Args:
        reported: (S, c) metres, head frame, flat.
        true: (S, c) metres, head frame, flat; sights are near one another where they agree in what goes with it.
        left: (S, c) metres, head frame, flat.
        weights: (S,) how much each sight counts.
        seed: chooses the support points, among those that count more rather.

    Returns:
        `inward` (c, F), per metre, `support_points` (P, F) features, `dual_coefficients` (P, rank) metres, `outward` (rank, c)
        orthonormal rows; float32.
    """
    inward = _directions(((reported * weights[:, None]).T @ true).T, _FEATURES).T
    spread = (reported @ inward).std(0)
    inward = inward / np.maximum(spread, 1e-9) ** _WHITER
    features = reported @ inward
    some = features[:: max(1, len(features) // 1500)]
    distance = np.sqrt(np.median(((some[:, None] - some[None]) ** 2).sum(-1)))
    inward = inward / (_LENGTH * distance)
    features = reported @ inward
    count = min(_SUPPORT_POINTS, len(features))
    rng = np.random.default_rng(seed)
    support = features[rng.choice(len(features), count, replace=False, p=weights / weights.sum())]
    outward = _directions(left, _RANK)
    near, own = kernel(features, support), kernel(support, support)
    system = near.T @ (weights[:, None] * near) + _KERNEL_RIDGE * (own + 1e-6 * np.eye(count))
    dual = np.linalg.solve(system, near.T @ (weights[:, None] * (left @ outward.T)))
    learned = {"inward": inward, "support_points": support, "dual_coefficients": dual, "outward": outward}
    return {name: array.astype(np.float32) for name, array in learned.items()}


def _directions(rows: Float[np.ndarray, "samples c"], rank: int) -> Float[np.ndarray, "rank c"]:
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return vectors[:, ::-1][:, :rank].T
