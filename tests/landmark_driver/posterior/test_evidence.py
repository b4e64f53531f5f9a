"""Frames ask for the residual under which they were made."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from landmark_driver.posterior.evidence import ANY, FRAMES, LATENT_ALONE, TREMBLING, Evidence, ResidualChoice
from landmark_driver.posterior.landmark_covariance import LandmarkCovariance
from landmark_driver.posterior.landmark_noise import tremble_columns
from landmark_driver.posterior.landmark_posterior import LandmarkPosterior

LANDMARKS, LATENTS, NOISE_M = 60, 10, 3e-4
rng = np.random.default_rng(3)
POINTS = rng.normal(0, 0.05, (LANDMARKS, 3))
ROWS = rng.normal(0, 2e-3, (3 * LANDMARKS, LATENTS))
KERNEL = 9e-6 * np.exp(-cdist(POINTS, POINTS) / 0.05)


def beside(choice: ResidualChoice) -> LandmarkCovariance:
    kernel = choice.amplitude**2 * KERNEL if choice.amplitude else None
    std_m = np.full((LANDMARKS, 3), NOISE_M)
    return LandmarkCovariance(kernel, std_m, tremble_columns(POINTS, choice.trembles))


def posterior(choice: ResidualChoice) -> LandmarkPosterior:
    return LandmarkPosterior(ROWS, np.zeros(LATENTS), np.eye(LATENTS), beside(choice))


def frames(choice: ResidualChoice, count: int) -> np.ndarray:
    """Displacements of faces that move, tremble and are seen as a choice says."""
    made = beside(choice)
    residual = np.zeros((3 * LANDMARKS, 3 * LANDMARKS))
    if made.kernel is not None:
        residual = np.kron(np.linalg.cholesky(made.kernel + 1e-12 * np.eye(LANDMARKS)), np.eye(3))
    own = np.random.default_rng(8)
    return np.array(
        [
            ROWS @ own.normal(size=LATENTS)
            + residual @ own.normal(size=3 * LANDMARKS)
            + made.columns @ own.normal(size=made.columns.shape[1])
            + own.normal(0, NOISE_M, 3 * LANDMARKS)
            for _ in range(count)
        ]
    )


@pytest.mark.parametrize("choice", [*ANY[:2], *ANY[4:]])
def test_frames_ask_for_the_choice_that_made_them(choice):
    evidence = Evidence(posterior)
    for frame in frames(choice, 20):
        evidence.add(frame)
    assert evidence.best(LATENT_ALONE) == choice


def test_without_frames_and_without_a_clear_winner_the_choice_stays():
    evidence = Evidence(posterior)
    now = ResidualChoice(0.15, trembles=True)
    assert evidence.best(now) == now
    evidence.add(frames(LATENT_ALONE, 1)[0])
    close = ResidualChoice(0.05, trembles=False)
    assert evidence.best(close) == close


def test_only_recent_frames_count_and_another_person_starts_anew():
    evidence = Evidence(posterior)
    moving = ResidualChoice(0.5, trembles=False)
    for frame in frames(moving, FRAMES):
        evidence.add(frame)
    for frame in frames(LATENT_ALONE, FRAMES):
        evidence.add(frame)
    assert len(evidence) == FRAMES and evidence.best(moving) == LATENT_ALONE
    evidence.forget()
    assert len(evidence) == 0 and evidence.best(moving) == moving


def test_a_tracker_is_never_taken_for_a_head_that_is_held_still():
    evidence = Evidence(posterior, TREMBLING)
    for frame in frames(ResidualChoice(0.5, trembles=False), 20):
        evidence.add(frame)
    assert evidence.best(TREMBLING[0]) == TREMBLING[-1]
