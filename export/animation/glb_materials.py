"""Materials of a binary glTF file, with their pictures inside it."""

from __future__ import annotations

from typing import Any

from export.animation.glb_file import GlbBuffer
from export.animation.textured_surface import media_type
from landmark_driver.dress.material import Material

_OPAQUE = "OPAQUE"


class GlbMaterials:
    """Gathers materials; `add` returns the index of each. Each material and each picture is written once."""

    def __init__(self, buffer: GlbBuffer):
        self._buffer = buffer
        self._materials: list[dict[str, Any]] = []
        self._added: dict[Material, int] = {}
        self._images: list[dict[str, Any]] = []
        self._number: dict[bytes, int] = {}

    def add(self, material: Material) -> int:
        """Append a material and its pictures.

        Args:
            material: its numbers multiply its pictures, as in glTF.

        Returns:
            Index of the material.
        """
        if material in self._added:
            return self._added[material]
        surface: dict[str, Any] = {"metallicFactor": 0, "roughnessFactor": material.roughness}
        if material.color != (1.0, 1.0, 1.0):
            surface["baseColorFactor"] = [*material.color, 1.0]
        if material.color_picture is not None:
            surface["baseColorTexture"] = self._texture(material.color_picture)
        if material.roughness_picture is not None:
            surface["metallicRoughnessTexture"] = self._texture(material.roughness_picture)
        entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": surface}
        if material.normal_picture is not None:
            entry["normalTexture"] = self._texture(material.normal_picture)
        if material.alpha.upper() != _OPAQUE:
            entry["alphaMode"] = material.alpha.upper()
        self._materials.append(entry | {"doubleSided": material.double_sided})
        self._added[material] = len(self._materials) - 1
        return self._added[material]

    def document(self) -> dict[str, Any]:
        """Return the entries of the glTF JSON.

        Returns:
            "materials", and for pictures "textures", "samplers" and "images".
        """
        if not self._images:
            return {"materials": self._materials}
        return {
            "materials": self._materials,
            "textures": [{"source": number, "sampler": 0} for number in range(len(self._images))],
            "samplers": [{}],
            "images": self._images,
        }

    def _texture(self, picture: bytes) -> dict[str, int]:
        if picture not in self._number:
            self._number[picture] = len(self._images)
            view = self._buffer.add_bytes(picture)
            self._images.append({"bufferView": view, "mimeType": media_type(picture)})
        return {"index": self._number[picture]}
