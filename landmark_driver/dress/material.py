"""How a surface is painted, in the terms that glTF, USD and three.js have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Alpha = Literal["opaque", "mask", "blend"]


@dataclass(frozen=True)
class Material:
    """One material: numbers, and pictures as the bytes of PNG or JPEG files that the numbers multiply."""

    name: str
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear RGB."""
    roughness: float = 0.6
    color_picture: bytes | None = None
    """sRGB; its alpha channel is coverage where `alpha` is not "opaque"."""
    normal_picture: bytes | None = None
    """Tangent-space normals, +y up in the picture (OpenGL's convention)."""
    roughness_picture: bytes | None = None
    """Roughness in the green channel, as glTF has it."""
    alpha: Alpha = "opaque"
    double_sided: bool = False
