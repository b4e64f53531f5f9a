"""A scan registered: the template's head on its surface, everything in metres in the head frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.geometry.similarity import Similarity
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head_fit.attachment.outer_surface import hidden_vertices
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.placement.find_face import find_face
from landmark_driver.head_fit.placement.place_scan import place_scan
from landmark_driver.head_fit.registration.complete_head import complete_head
from landmark_driver.head_fit.registration.face_error import face_distances, face_region
from landmark_driver.head_fit.registration.fit_identity import IdentityTargets, fit_identity
from landmark_driver.head_fit.registration.register_template import (
    RegistrationSettings,
    Targets,
    register_template,
)
from landmark_driver.head_fit.registration.template_skin import TemplateSkin, template_skin
from landmark_driver.head_fit.scan_files.clean_scan import clean_scan
from landmark_driver.head_fit.scan_files.draft_mesh import draft_mesh
from landmark_driver.head_fit.scan_files.scan import CleanScan, Scan

Progress = Callable[[str], None]


@dataclass(frozen=True)
class FittedScan:
    """A scan and the head of the identity model that lies on it."""

    scan: Scan
    clean: CleanScan
    head: IdentityHead
    """The registered head; its vertices have left the shape of its coefficients."""
    to_head: Similarity
    """Scan unit and frame to the head frame in metres; its scale is the unit."""
    distances: Float[np.ndarray, "clean"]
    """Metres from every clean vertex to the fitted surface."""
    counts: Bool[np.ndarray, "clean"]
    """True for clean vertices in the visible face."""
    landmark_error_m: float
    """Median distance of the fitted landmarks from those found on the scan."""
    notes: tuple[str, ...]

    @cached_property
    def clean_vertices(self) -> Float[np.ndarray, "clean 3"]:
        return self.to_head(self.clean.vertices)


class ScanFitter:
    """A fit of one identity model's heads to scans; it holds the parts that are the same for every scan."""

    def __init__(
        self,
        model: IdentityModel,
        embedding: LandmarkEmbedding,
        settings: RegistrationSettings | None = None,
    ):
        self._model, self._embedding, self._settings = model, embedding, settings
        self._mean = model.mean()
        self._landmarks = embedding(self._mean.vertices)
        self._skin: TemplateSkin = template_skin(model.topology)
        self._region = face_region(self._skin, self._mean, embedding)

    @cached_property
    def _linear(self):
        return self._model.linear()

    def __call__(self, scan: Scan, progress: Progress = lambda step: None) -> FittedScan:
        """Register the template to a scan.

        Args:
            scan: the scan, in any unit and frame.
            progress: called with the name of each step.

        Returns:
            The registered head in metres in the head frame, with its errors.

        Raises:
            HeadFitError: where no single face is found.
        """
        clean = clean_scan(scan)
        face = find_face(draft_mesh(scan, clean), self._landmarks, progress)
        placed = place_scan(clean, face, self._landmarks)
        surface = Surface(placed.vertices, placed.faces)
        progress("fitting the identity")
        wanted = IdentityTargets(placed.landmarks, placed.trust, surface)
        identity = fit_identity(self._model, self._linear, self._embedding, wanted, self._skin)
        guess = identity.to_scan(identity.head.vertices)
        rows, which = self._skin.landmarks(self._embedding)
        hidden = hidden_vertices(surface)
        targets = Targets(surface, hidden, rows, placed.landmarks[which], placed.trust[which])
        skin = register_template(
            self._skin,
            guess[self._skin.rows],
            targets,
            self._settings,
            lambda done, total: progress(f"bending the template, {done} of {total}"),
        )
        fitted = Surface(self._skin.fine @ skin, self._skin.fine_faces)
        distances, counts = face_distances(surface, fitted, self._region)
        whole = complete_head(self._model.topology, guess, self._skin.rows, skin)
        into_head = self._head_frame(whole, identity.to_scan.rotation)
        off = np.linalg.norm(rows @ skin - targets.landmarks, axis=1)[targets.trust > 0]
        return FittedScan(
            scan=scan,
            clean=clean,
            head=IdentityHead(self._model.topology, into_head(whole), identity.head.coefficients),
            to_head=_after(into_head, placed.placing),
            distances=distances,
            counts=counts,
            landmark_error_m=float(np.median(off)),
            notes=scan.notes + placed.notes,
        )

    def _head_frame(self, vertices: Float[np.ndarray, "vertices 3"], rotation) -> Similarity:
        """Return the similarity to an origin midway between the eyeballs and the axes of the fitted identity."""
        topology = self._model.topology
        balls = [vertices[topology.vertices_of(f"eyeball_{side}")] for side in ("left", "right")]
        origin = (fit_sphere(balls[0])[0] + fit_sphere(balls[1])[0]) / 2
        return Similarity(rotation.T, 1.0, -rotation.T @ origin)


def _after(second: Similarity, first: Similarity) -> Similarity:
    """Return x -> second(first(x))."""
    return Similarity(
        second.rotation @ first.rotation, second.scale * first.scale, second(first.translation[None])[0]
    )
