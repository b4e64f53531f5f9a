"""The error that a map from reported to true landmarks leaves on heads it has not seen."""

from __future__ import annotations

import numpy as np

from landmark_driver.drawn_heads.learn_tracker_response import left_out_error


def test_the_left_out_error_is_the_noise_of_the_sights_by_landmark_and_axis():
    rng = np.random.default_rng(0)
    noise = np.repeat([[0.2e-3, 0.4e-3, 1.2e-3]], 8, axis=0)
    noise[4:] *= 2
    samples = []
    for _ in range(6):
        latent = rng.uniform(-0.015, 0.015, (250, 3)) @ np.random.default_rng(1).normal(size=(3, 24))
        true = latent + noise.ravel() * rng.normal(size=latent.shape)
        samples.append((0.5 * latent, true))
    found = left_out_error(samples)
    assert np.allclose(found, noise, rtol=0.2)


def test_a_head_that_answers_unlike_the_others_counts():
    rng = np.random.default_rng(0)
    seen = rng.uniform(-0.05, 0.05, (6, 200, 3)) @ rng.normal(size=(3, 24))
    alike, odd = [(x, 2 * x) for x in seen[:5]], seen[5]
    assert left_out_error([*alike, (odd, 3 * odd)]).mean() > 5 * left_out_error(alike).mean()
