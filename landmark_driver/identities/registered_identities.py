"""Another model's heads on the template's mesh, which gives a FLAME or ICT head layers, physics and networks.

The template is registered to the model's mean head once, as to a scan. Its skin is then bound to the nearest points of
the model's skin and moves as they move. The rest of the head is completed around it as around a scan's, but
eyeballs take the centre and size of the model's own.
"""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.similarity import Similarity, fit_similarity
from landmark_driver.head.cache_folder import cache_folder
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.identity_model import (
    HeadModel,
    HeadModelError,
    HeadTopology,
    IdentityHead,
    IdentityModel,
)
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.linear_identities import LinearIdentities, linear_identities
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.registration.complete_head import complete_head
from landmark_driver.head_fit.registration.fit_scan import ScanFitter
from landmark_driver.head_fit.scan_files.scan import Scan
from landmark_driver.identities.tongue_place import tongue_of, with_resting_tongue

VERSION = 1
"""Raised whenever a registration comes out differently, so that an old cache is not read."""


@dataclass(frozen=True, eq=False)
class RegisteredIdentities:
    """`IdentityModel` with the coefficients of `source` and the mesh of `base`."""

    source: HeadModel
    base: IdentityModel
    name: str
    registered: Float[np.ndarray, "vertices 3"]
    """The base's mesh on the source's mean head: metres, origin midway between the source's eyes, the base's axes."""
    to_base: Similarity
    """The turn from the source's axes to the base's, about the middle between the eyes."""
    corners: Int[np.ndarray, "skin 3"]
    """Vertices of the source around the point that each skin vertex is bound to."""
    weights: Float[np.ndarray, "skin 3"]
    """Barycentric weights of these corners."""

    @property
    def topology(self) -> HeadTopology:
        return self.base.topology

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        return self.source.coefficient_names

    def head(self, coefficients: Float[np.ndarray, "coefficients"]) -> IdentityHead:
        """Make the neutral head of given coefficients, on the template's mesh.

        Args:
            coefficients: (C,) the source's.

        Returns:
            The head, metres, head frame.

        Raises:
            HeadModelError: for coefficients that the source refuses.
        """
        return self._on_template(self.source.head(coefficients))

    def mean(self) -> IdentityHead:
        """Make the source's mean head on the template's mesh.

        Returns:
            The head, metres, head frame.
        """
        return self._on_template(self.source.mean())

    def sample(self, rng: np.random.Generator, spread: float = 1.0) -> IdentityHead:
        """Draw a random head of the source, on the template's mesh.

        Args:
            rng: the source of randomness.
            spread: 1 is plausible, larger is less so.

        Returns:
            The head, metres, head frame.
        """
        return self._on_template(self.source.sample(rng, spread))

    def sample_whole_range(self, rng: np.random.Generator) -> IdentityHead:
        """Draw every coefficient from its whole range, on the template's mesh: a stress test, not a person.

        Args:
            rng: the source of randomness.

        Returns:
            The head, metres, head frame.
        """
        return self._on_template(self.source.sample_whole_range(rng))

    def template(self) -> IdentityHead:
        """Return the base's template, which is no head of this family.

        Returns:
            The head, metres, head frame; the same object in every call.
        """
        return self.base.template()

    def template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """Return the base's ARKit displacements.

        Returns:
            (52, V, 3) metres, head frame, canonical order.
        """
        return self.base.template_expressions()

    def gaze_turns(self) -> Float[np.ndarray, "52 2 3"]:
        """Return the base's rotation vectors of both eyeballs for each expression at weight one.

        Returns:
            (52, 2, 3) radians, head frame, left eyeball first.
        """
        return self.base.gaze_turns()

    def landmark_embedding(self) -> LandmarkEmbedding:
        """Return the places of MediaPipe's landmarks on the base's triangles.

        Returns:
            The embedding of 478 landmarks.
        """
        return self.base.landmark_embedding()

    def linear(self, start: Float[np.ndarray, "coefficients"] | None = None) -> LinearIdentities:
        """Make the model linear around some coefficients.

        Args:
            start: (C,) coefficients; None for zeros, the mean head.

        Returns:
            The linear model, by differences of one; directions are metres per unit, head frame.
        """
        start = np.zeros(len(self.coefficient_names)) if start is None else start
        return linear_identities(
            lambda coefficients: self.carried(self.source.head(coefficients).vertices), start
        )

    def carried(self, vertices: Float[np.ndarray, "source_vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        """Return a head of the source's mesh on the template's.

        Args:
            vertices: (S, 3) the source's vertices, metres, head frame.

        Returns:
            (V, 3) metres, head frame.

        The registered head follows the skin by the best similarity first, then vertex by vertex. Cavities, teeth
        and tongue follow as in `complete_head`.
        """
        own = self.to_base(np.asarray(vertices, float))
        moved = own - self._mean_vertices
        rows = self.topology.vertices_of("skin")
        before = self.registered[rows]
        skin = before + np.einsum("skc,sk->sc", moved[self.corners], self.weights)
        guess = fit_similarity(before, skin, np.ones(len(rows)))(self.registered)
        whole = complete_head(self.topology, guess, rows, skin)
        for part in ("eyeball_left", "eyeball_right"):
            rows = self.topology.vertices_of(part)
            centre, radius = fit_sphere(self.registered[rows])
            own_centre, own_radius = fit_sphere(own[self.source.topology.vertices_of(part)])
            whole[rows] = own_centre + own_radius / radius * (self.registered[rows] - centre)
        return whole

    def _on_template(self, head: IdentityHead) -> IdentityHead:
        vertices = with_resting_tongue(self.topology, self.carried(head.vertices), self._tongue)
        return replace(head, topology=self.topology, vertices=vertices)

    @functools.cached_property
    def _tongue(self) -> Float[np.ndarray, "tongue 3"]:
        return tongue_of(self.base.template())

    @functools.cached_property
    def _mean_vertices(self) -> Float[np.ndarray, "source_vertices 3"]:
        return self.to_base(self.source.mean().vertices)


def register_identities(
    source: HeadModel, base: IdentityModel, cache: Path | None = None
) -> RegisteredIdentities:
    """Register the base's template to a model's mean head, once.

    Args:
        source: the model, on any mesh whose mean has a face that the tracker finds.
        base: the model whose template, landmarks and expressions are taken.
        cache: the folder to keep the registration in; `cache_folder()` where None.

    Returns:
        The source's heads on the base's mesh.

    Raises:
        HeadFitError: where no face is found.
        HeadModelError: where the mean head is not in metres.

    The first registration takes half a minute; later ones are read from the cache.
    """
    name = f"{source.name}-{_digest(source)}"
    path = (cache or cache_folder()) / f"registered_v{VERSION}_{base.name}_{name}.npz"
    if not path.exists():
        _write(path, source, base)
    with np.load(path) as data:
        to_base = Similarity(data["rotation"], 1.0, np.zeros(3))
        return RegisteredIdentities(
            source, base, name, data["registered"], to_base, data["corners"], data["weights"]
        )


def _write(path: Path, source: HeadModel, base: IdentityModel) -> None:
    mean = source.mean()
    fitted = ScanFitter(base, base.landmark_embedding())(Scan(mean.vertices, mean.topology.faces))
    if fitted.to_head.scale != 1.0:
        raise HeadModelError(
            f"Expected a mean head in metres, got one of {fitted.to_head.scale:g} metres a unit. "
            "Use the model's own file, unscaled."
        )
    registered = fitted.head.vertices - fitted.to_head.translation
    own = mean.vertices @ fitted.to_head.rotation.T
    faces = mean.topology.faces_of("skin")
    found = Surface(own, faces).nearest(registered[base.topology.vertices_of("skin")])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part.npz")
    np.savez_compressed(
        unfinished,
        registered=registered,
        rotation=fitted.to_head.rotation,
        corners=faces[found.face],
        weights=found.barycentric,
    )
    unfinished.replace(path)


def _digest(source: HeadModel) -> str:
    """Return eight digits that differ where the mean head, the triangles or the directions differ."""
    heads = [source.mean().vertices, source.sample(np.random.default_rng(0)).vertices]
    data = b"".join(vertices.round(7).tobytes() for vertices in heads)
    return hashlib.sha256(data + source.topology.faces.tobytes()).hexdigest()[:8]
