"""A head that acts: ARKit weights and a camera in, a picture with known vertices out."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from landmark_driver.drawn_heads.skin_look import SkinLook
from landmark_driver.head.eyes import blendshape_vertices
from landmark_driver.head.head import Head
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.head.lip_separation import LipSeparation
from landmark_driver.rendering.detailed_head import detailed_head
from landmark_driver.rendering.render import Camera, orbit_camera, render


class PerformingHead:
    """Draws one head with any expression."""

    def __init__(self, head: Head, template: IdentityHead, lips: LipSeparation | None = None):
        """Prepare the drawing of a head.

        Args:
            head: the head to draw.
            template: the template of the head's topology, whose regions decide the colours.
            lips: keeps the lips from crossing, as on a living face; None leaves them.
        """
        self.head, self._lips = head, lips
        self._detail = detailed_head(template)

    def vertices(self, weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "vertices 3"]:
        """Return linear blendshapes with turned eyeballs.

        Args:
            weights: (52,) ARKit weights in 0..1.

        Returns:
            (V, 3) metres, head frame.
        """
        vertices = blendshape_vertices(self.head, weights)
        if self._lips is not None:
            self._lips(vertices)
        return vertices

    def picture(
        self, weights: Float[np.ndarray, "52"], camera: Camera, supersample: int = 1
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Draw the head with an expression.

        Args:
            weights: (52,) ARKit weights in 0..1.
            camera: the view, in the head frame.
            supersample: rays along each side of a pixel.

        Returns:
            (height, width, 3) RGB in 0..255.
        """
        return self.drawn(self.vertices(weights), camera, supersample)

    def drawn(
        self, vertices: Float[np.ndarray, "vertices 3"], camera: Camera, supersample: int = 1
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Draw the head with given vertices.

        Args:
            vertices: (V, 3) metres, head frame.
            camera: the view, in the head frame.
            supersample: rays along each side of a pixel.

        Returns:
            (height, width, 3) RGB in 0..255.
        """
        fine = self._detail.subdivision(vertices)
        detail = self._detail
        return render(fine, detail.faces, detail.colors, camera, detail.gloss, supersample).image

    def looking(
        self, weights: Float[np.ndarray, "52"], camera: Camera, look: SkinLook, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Draw the head with an expression and a skin that moves with it.

        Args:
            weights: (52,) ARKit weights in 0..1.
            camera: the view, in the head frame.
            look: the skin, the light and the camera's noise.
            rng: draws the noise.

        Returns:
            (height, width, 3) RGB in 0..255.
        """
        detail = self._detail
        drawn = render(
            detail.subdivision(self.vertices(weights)), detail.faces, detail.colors, camera, detail.gloss
        )
        neutral = detail.subdivision(self.head.neutral_vertices.astype(float))
        corners = neutral[detail.faces[drawn.face_index]]
        places = np.einsum("hwcx,hwc->hwx", corners, drawn.barycentric)
        places[drawn.face_index < 0] = np.nan
        return look(drawn.image, places, rng)


def portrait_camera(
    yaw_deg: float = 0.0, pitch_deg: float = 0.0, size_px: tuple[int, int] = (640, 480)
) -> Camera:
    """Return the view of a webcam half a metre away.

    Args:
        yaw_deg: degrees around the head; above 0 the camera sees the subject's left side.
        pitch_deg: degrees above the head's horizon.
        size_px: width and height in pixels.

    Returns:
        A camera in the head frame, with a vertical field of view of 32 degrees.
    """
    return orbit_camera(0.5, yaw_deg, pitch_deg, size_px, vertical_fov_deg=32.0)
