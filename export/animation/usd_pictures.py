"""A scan's pictures in USD: coordinates and materials on the mesh, the picture files beside the stage.

/Head/Looks/picture_0   Material: UsdPreviewSurface whose diffuseColor is a UsdUVTexture of primvars:st
/Head/Looks/plain       Material of triangles without a picture: their displayColor
"""

# USD fills its Python modules while they are imported, where no type checker sees it.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from capture.output_file import written_whole
from export.animation.textured_surface import media_type
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture

_ROUGHNESS = 0.6
_LOOKS = "/Head/Looks"


def picture_names(path: Path, texture: ScanTexture | None) -> list[str]:
    """Return the file names of a stage's pictures.

    Args:
        path: the .usdc file.
        texture: of the scan; None for a character without pictures.

    Returns:
        A name for each picture, as in "clip.picture_0.png".
    """
    kinds = [media_type(data).removeprefix("image/") for data in texture.pictures] if texture else []
    return [f"{path.stem}.picture_{number}.{kind}" for number, kind in enumerate(kinds)]


def write_pictures(path: Path, texture: ScanTexture | None) -> None:
    """Write a scan's pictures beside a stage, under the names of `picture_names`.

    Args:
        path: the .usdc file.
        texture: of the scan; None writes nothing.

    Raises:
        OutputError: where a picture cannot be written.
    """
    for name, data in zip(picture_names(path, texture), texture.pictures if texture else (), strict=True):
        with written_whole(path.with_name(name)) as unfinished:
            unfinished.write_bytes(data)


def show_pictures(stage: Any, mesh: Any, texture: ScanTexture, names: list[str]) -> None:
    """Give a mesh texture coordinates for every corner, and a material for every picture.

    Args:
        stage: the open USD stage; changed in place.
        mesh: its `UsdGeom.Mesh`, with the triangles of the texture.
        texture: of the scan.
        names: file names of its pictures, from `picture_names`.
    """
    from pxr import Sdf, UsdGeom, UsdShade, Vt

    corners = np.ascontiguousarray(texture.coordinates.reshape(-1, 2), np.float32)
    coordinates = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar(
        "st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.faceVarying
    )
    coordinates.Set(Vt.Vec2fArray.FromNumpy(corners))
    binding = UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim())
    looks = [(NO_PICTURE, "plain", None), *((n, f"picture_{n}", name) for n, name in enumerate(names))]
    for number, name, file in looks:
        rows = np.flatnonzero(texture.face_picture == number).astype(np.int32)
        if not len(rows):
            continue
        subset = binding.CreateMaterialBindSubset(name, Vt.IntArray.FromNumpy(rows))
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(_material(stage, f"{_LOOKS}/{name}", file))


def _material(stage: Any, place: str, file: str | None) -> Any:
    """Return a surface in the colour of a picture beside the stage, or in `displayColor`."""
    from pxr import Sdf, UsdShade

    types = Sdf.ValueTypeNames
    material = UsdShade.Material.Define(stage, place)
    surface = _shader(stage, f"{place}/surface", "UsdPreviewSurface")
    surface.CreateInput("roughness", types.Float).Set(_ROUGHNESS)
    diffuse = surface.CreateInput("diffuseColor", types.Color3f)
    if file is None:
        diffuse.ConnectToSource(_reader(stage, place, "displayColor", types.Float3))
    else:
        picture = _shader(stage, f"{place}/picture", "UsdUVTexture")
        picture.CreateInput("file", types.Asset).Set(Sdf.AssetPath(f"./{file}"))
        picture.CreateInput("sourceColorSpace", types.Token).Set("sRGB")
        for side in ("wrapS", "wrapT"):
            picture.CreateInput(side, types.Token).Set("repeat")
        picture.CreateInput("st", types.Float2).ConnectToSource(_reader(stage, place, "st", types.Float2))
        diffuse.ConnectToSource(picture.CreateOutput("rgb", types.Float3))
    material.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", types.Token))
    return material


def _reader(stage: Any, place: str, primvar: str, kind: Any) -> Any:
    """Return the output of a shader that passes on one of the mesh's primvars."""
    from pxr import Sdf

    width = 2 if kind == Sdf.ValueTypeNames.Float2 else 3
    reader = _shader(stage, f"{place}/{primvar}", f"UsdPrimvarReader_float{width}")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set(primvar)
    return reader.CreateOutput("result", kind)


def _shader(stage: Any, place: str, kind: str) -> Any:
    from pxr import UsdShade

    shader = UsdShade.Shader.Define(stage, place)
    shader.CreateIdAttr(kind)
    return shader
