"""Materials in USD, with their pictures as files beside the stage.

/Head/Looks/skin    Material: UsdPreviewSurface whose inputs are UsdUVTextures of primvars:st
/Head/Looks/plain   Material of triangles without a picture: their displayColor
"""

# USD fills its Python modules while they are imported, where no type checker sees it.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from capture.output_file import written_whole
from export.animation.textured_surface import media_type
from landmark_driver.dress.material import Material
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture

_PLAIN = Material("plain", roughness=0.6)
_LOOKS = "/Head/Looks"
_CUT = 0.5
"""Coverage below which a place of a masked surface is not drawn."""


def picture_files(path: Path, materials: Iterable[Material]) -> dict[str, bytes]:
    """Return the pictures that lie beside a stage.

    Args:
        path: the .usdc file.
        materials: of the character and of what it wears.

    Returns:
        The bytes of each picture by its file's name, as in "clip.skin_normal.jpeg"; colours have the material's name alone.
    """
    return {
        name: data
        for material in materials
        for kind, data in _pictures(material).items()
        for name in [_file_name(path, material, kind, data)]
    }


def write_pictures(path: Path, materials: Iterable[Material]) -> None:
    """Write the pictures of materials beside a stage, under the names of `picture_files`.

    Args:
        path: the .usdc file.
        materials: of the character and of what it wears.

    Raises:
        OutputError: where a picture cannot be written.
    """
    for name, data in picture_files(path, materials).items():
        with written_whole(path.with_name(name)) as unfinished:
            unfinished.write_bytes(data)


def show_texture(
    stage: Any, mesh: Any, texture: ScanTexture, materials: tuple[Material, ...], path: Path
) -> None:
    """Give a mesh texture coordinates for every corner, and a material for every picture.

    Args:
        stage: the open USD stage; changed in place.
        mesh: its `UsdGeom.Mesh`, with the triangles of the texture.
        texture: of the mesh.
        materials: one for each of its pictures.
        path: of the .usdc file that the stage becomes.
    """
    from pxr import UsdGeom, UsdShade, Vt

    corners = np.ascontiguousarray(texture.coordinates.reshape(-1, 2), np.float32)
    _set_coordinates(mesh, corners, UsdGeom.Tokens.faceVarying)
    # Subdivision smooths corners' coordinates unless told not to.
    mesh.CreateFaceVaryingLinearInterpolationAttr(UsdGeom.Tokens.all)
    binding = UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim())
    for number, material in [(NO_PICTURE, _PLAIN), *enumerate(materials)]:
        rows = np.flatnonzero(texture.face_picture == number).astype(np.int32)
        if not len(rows):
            continue
        subset = binding.CreateMaterialBindSubset(material.name, Vt.IntArray.FromNumpy(rows))
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(_shown(stage, material, path))


def show_material(stage: Any, mesh: Any, coordinates: np.ndarray, material: Material, path: Path) -> None:
    """Give a mesh texture coordinates for every vertex, and one material.

    Args:
        stage: the open USD stage; changed in place.
        mesh: its `UsdGeom.Mesh`.
        coordinates: (V, 2), (0, 0) the lower left corner of a picture.
        material: of all triangles.
        path: of the .usdc file that the stage becomes.
    """
    from pxr import UsdGeom, UsdShade

    _set_coordinates(mesh, np.ascontiguousarray(coordinates, np.float32), UsdGeom.Tokens.vertex)
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(_shown(stage, material, path))


def _set_coordinates(mesh: Any, coordinates: np.ndarray, interpolation: Any) -> None:
    from pxr import Sdf, UsdGeom, Vt

    kind = Sdf.ValueTypeNames.TexCoord2fArray
    primvar = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", kind, interpolation)
    primvar.Set(Vt.Vec2fArray.FromNumpy(coordinates))


def _pictures(material: Material) -> dict[str, bytes]:
    pictures = {
        "color": material.color_picture,
        "normal": material.normal_picture,
        "roughness": material.roughness_picture,
    }
    return {kind: data for kind, data in pictures.items() if data is not None}


def _file_name(path: Path, material: Material, kind: str, data: bytes) -> str:
    ending = media_type(data).removeprefix("image/")
    return f"{path.stem}.{material.name}{'' if kind == 'color' else '_' + kind}.{ending}"


def _shown(stage: Any, material: Material, path: Path) -> Any:
    """Return a material of the stage, made at its first use."""
    from pxr import Gf, Sdf, UsdShade

    types = Sdf.ValueTypeNames
    place = f"{_LOOKS}/{material.name}"
    if stage.GetPrimAtPath(place):
        return UsdShade.Material.Get(stage, place)
    shown = UsdShade.Material.Define(stage, place)
    surface = _shader(stage, f"{place}/surface", "UsdPreviewSurface")
    shown.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", types.Token))
    readers = {
        kind: _texture_reader(stage, place, kind, _file_name(path, material, kind, data))
        for kind, data in _pictures(material).items()
    }
    diffuse = surface.CreateInput("diffuseColor", types.Color3f)
    if "color" in readers:
        readers["color"].CreateInput("scale", types.Float4).Set(Gf.Vec4f(*material.color, 1))
        diffuse.ConnectToSource(readers["color"].CreateOutput("rgb", types.Float3))
    elif material is _PLAIN:
        diffuse.ConnectToSource(_primvar_reader(stage, place, "displayColor", types.Float3))
    else:
        diffuse.Set(Gf.Vec3f(*material.color))
    rough = surface.CreateInput("roughness", types.Float)
    if "roughness" in readers:
        readers["roughness"].CreateInput("scale", types.Float4).Set(Gf.Vec4f(*3 * [material.roughness], 1))
        rough.ConnectToSource(readers["roughness"].CreateOutput("g", types.Float))
    else:
        rough.Set(material.roughness)
    if "normal" in readers:
        readers["normal"].CreateInput("scale", types.Float4).Set(Gf.Vec4f(2, 2, 2, 1))
        readers["normal"].CreateInput("bias", types.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
        normal = surface.CreateInput("normal", types.Normal3f)
        normal.ConnectToSource(readers["normal"].CreateOutput("rgb", types.Float3))
    if material.alpha != "opaque" and "color" in readers:
        covered = surface.CreateInput("opacity", types.Float)
        covered.ConnectToSource(readers["color"].CreateOutput("a", types.Float))
        if material.alpha == "mask":
            surface.CreateInput("opacityThreshold", types.Float).Set(_CUT)
    return shown


def _texture_reader(stage: Any, place: str, kind: str, file: str) -> Any:
    """Return the shader that reads a picture beside the stage."""
    from pxr import Sdf

    types = Sdf.ValueTypeNames
    picture = _shader(stage, f"{place}/{'picture' if kind == 'color' else kind}", "UsdUVTexture")
    picture.CreateInput("file", types.Asset).Set(Sdf.AssetPath(f"./{file}"))
    picture.CreateInput("sourceColorSpace", types.Token).Set("sRGB" if kind == "color" else "raw")
    for side in ("wrapS", "wrapT"):
        picture.CreateInput(side, types.Token).Set("repeat")
    picture.CreateInput("st", types.Float2).ConnectToSource(_primvar_reader(stage, place, "st", types.Float2))
    return picture


def _primvar_reader(stage: Any, place: str, primvar: str, kind: Any) -> Any:
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
