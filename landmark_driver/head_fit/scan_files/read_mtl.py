"""A scan's materials from Wavefront's material files: pictures, plain colours, maps of normals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

_NORMAL_KEYS = ("norm", "map_bump", "bump")


@dataclass(frozen=True)
class Material:
    """One material; fields are empty where its file has no entry."""

    picture: str = ""
    """The picture's name in the file."""
    picture_file: Path | None = None
    """None where there is no such file."""
    color: tuple[float, float, float] | None = None
    """`Kd`, taken as sRGB in 0..1 as most viewers do; the format leaves it open."""
    normals: str = ""
    """The name in the file of the map of normals or heights."""


def read_materials(files: list[Path]) -> dict[str, Material]:
    """Return the materials of some files by name.

    Args:
        files: .mtl files; missing ones are passed over.

    Returns:
        The materials. Lines that cannot be read count for nothing.
    """
    found: dict[str, Material] = {}
    for file in files:
        name = ""
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        for line in text.splitlines():
            key, _, rest = line.strip().partition(" ")
            if key == "newmtl":
                name = rest.strip()
            found[name] = _with_line(found.get(name, Material()), key, rest.strip(), file.parent)
    return found


def _with_line(material: Material, key: str, rest: str, folder: Path) -> Material:
    if key == "map_Kd" and rest:
        return replace(material, picture=rest, picture_file=_file(rest, folder))
    if key == "Kd":
        return replace(material, color=_color(rest.split()) or material.color)
    if key.lower() in _NORMAL_KEYS and rest:
        return replace(material, normals=rest.split()[-1] if rest.startswith("-") else rest)
    return material


def _file(rest: str, folder: Path) -> Path | None:
    """Return the picture, whose name may have spaces, and options before it."""
    words = rest.replace("\\", "/")
    last = words.split()[-1]
    tried = [folder / words, *([folder / last] if words.startswith("-") else [])]
    return next((path for path in tried if path.is_file()), None)


def _color(words: list[str]) -> tuple[float, float, float] | None:
    """Return three numbers; None for spectra and other spaces, which hardly any program writes."""
    try:
        red, green, blue = (min(max(float(word), 0.0), 1.0) for word in words)
    except ValueError:
        return None
    return red, green, blue
