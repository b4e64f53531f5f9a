"""The arrays of one head: its mesh, its ARKit shapes, its landmarks, its eyes and its colours."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, UInt8

from capture.frames.landmark_frame import ARKIT_COUNT, LANDMARK_COUNT
from landmark_driver.head.landmark_embedding import LandmarkEmbedding

LANDMARK_GROUPS = ("face", "brows", "lids", "lips", "iris")


@dataclass(frozen=True)
class Head:
    """One head of an identity model. Metres, head frame: +x to the subject's left, +y up, +z out of the face.

    Drivers move vertices 0..V-1. `display_colors` and the paints belong to the finer mesh that the viewer makes
    from them by one step of Loop subdivision.
    """

    neutral_vertices: Float[np.ndarray, "vertices 3"]
    faces: Int[np.ndarray, "faces 3"]
    face_part: UInt8[np.ndarray, "faces"]
    """The part of the head that a triangle belongs to (skin, cavities, tongue, teeth, eyeballs); skin is 0."""
    expressions: Float[np.ndarray, "52 vertices 3"]
    """ARKit displacements at weight one, canonical order."""
    landmark_corners: Int[np.ndarray, "478 3"]
    """Vertices of the triangle that each landmark lies in."""
    landmark_weights: Float[np.ndarray, "478 3"]
    """Barycentric weights in that triangle."""
    landmark_groups: UInt8[np.ndarray, "478"]
    """Index into `LANDMARK_GROUPS`."""
    eye_centres: Float[np.ndarray, "2 3"]
    """Left, right."""
    eye_vertices: Int[np.ndarray, "2 eye_vertices"]
    """Vertices of the left and of the right eyeball."""
    gaze_turns: Float[np.ndarray, "52 2 3"]
    """Rotation vector of the left and the right eyeball for each expression at weight one, radians."""
    display_colors: UInt8[np.ndarray, "fine_vertices 3"]
    """sRGB of the shown mesh, lips and brows included."""
    paint_colors: UInt8[np.ndarray, "paints 3"]
    """sRGB of the paints on the skin (lips, brows), for viewers whose meshes have one colour each."""
    paint_amounts: UInt8[np.ndarray, "paints fine_vertices"]
    """Amount of each paint on a vertex; 255 covers it."""

    @cached_property
    def embedding(self) -> LandmarkEmbedding:
        """The embedding of MediaPipe's 478 landmarks in the mesh."""
        return LandmarkEmbedding(self.landmark_corners, self.landmark_weights)

    @cached_property
    def neutral_landmarks(self) -> Float[np.ndarray, "478 3"]:
        """The landmarks of the neutral head, metres, head frame."""
        return self.embedding(self.neutral_vertices.astype(float))

    @cached_property
    def landmark_expressions(self) -> Float[np.ndarray, "52 478 3"]:
        """The ARKit displacements at the 478 landmarks, metres."""
        return self.embedding(self.expressions.astype(float))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays as a character file stores them.

        Returns:
            Arrays by name, in the order of `HEAD_ARRAYS`.
        """
        return {name: getattr(self, name) for name in HEAD_ARRAYS}

    @property
    def fits_together(self) -> bool:
        """True where all shapes agree, all indices exist and all numbers are finite."""
        vertices, faces = len(self.neutral_vertices), len(self.faces)
        eyes, fine, paints = self.eye_vertices.shape[-1:], len(self.display_colors), len(self.paint_colors)
        shapes = {
            "neutral_vertices": (vertices, 3),
            "faces": (faces, 3),
            "face_part": (faces,),
            "expressions": (ARKIT_COUNT, vertices, 3),
            "landmark_corners": (LANDMARK_COUNT, 3),
            "landmark_weights": (LANDMARK_COUNT, 3),
            "landmark_groups": (LANDMARK_COUNT,),
            "eye_centres": (2, 3),
            "eye_vertices": (2, *eyes),
            "gaze_turns": (ARKIT_COUNT, 2, 3),
            "display_colors": (fine, 3),
            "paint_colors": (paints, 3),
            "paint_amounts": (paints, fine),
        }
        arrays = self.arrays()
        indices = [arrays[name] for name in ("faces", "landmark_corners", "eye_vertices")]
        return (
            all(arrays[name].shape == shape for name, shape in shapes.items())
            and all(((array >= 0) & (array < vertices)).all() for array in indices)
            and bool((self.landmark_groups < len(LANDMARK_GROUPS)).all())
            and all(np.isfinite(array).all() for array in arrays.values())
        )


HEAD_ARRAYS = tuple(item.name for item in fields(Head))
