"""The compiled frame as one file of plain arrays, which NumPy, JavaScript and C read.

The file is a safetensors file: its header names the stages in order (`stages`, separated by spaces), its arrays are called
STAGE.ARRAY as in `latent_stages.py`, `vertex_stages.py` and `lip_stages.py`. Nothing is rounded: the shared basis was stored
in half precision and stays as it was, beside the head's scale. Metres, radians; `shared` and `symmetric_head` are over the
head's scale.
The stage `edit` adds [w, w * w] coefficients directions to its vertices: w has the first W = 52 entries of z - rest_latent, times
0.25 and clipped to 0..1.

    looks       gaze_turns (52, 2, 3)
    posterior   gain (Z, 3 L), offset (Z,), looks (3 L, 8)
    bounds      precision (52, 52), follow (Z - 52, 52)
    decoder     own (52, M), shared (Z - 52, M), scale (1,), vertices (M / 3,): where the coordinates belong,
                symmetric_head, neutral_vertices, resting_vertices (V, 3), rest_latent, material_rest (Z,),
                material_map (Z, Z)
    residual    corners, weights (L, 3): the landmarks on the head, from which C follows, nuisance (3 L, n),
                to_nuisance (n, 3 L), vertices (N,), near (N, K), gain (N, K, 3)
    edit        coefficients (2 W, K), directions (K, 3 S), vertices (S,): only where a table was solved
    sway        vertices (S,), compliance (3, S, 3), omega (1,), centre (3,)
    arches      radius (2, D), centre (2, 2), heights (2, 2), upper, lower, floor (N,), upper_gap, lower_gap, ceiling (N,),
                markers (M,), pose (4, M): only where teeth are worn
    seal        opening (W,), starts (P + 1,), columns, values (E,), sections (2, S + 1), give, touch (S,), moving, share (N,)
    lips        upper, lower (T, 3), slit (2, R), moving, share (N,): instead of `seal` in files of earlier versions
    eyes        vertices (2, E), centres (2, 3)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from capture.softdeca_error import SoftdecaError
from landmark_driver.head.lip_arches import LipArches
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.head.lip_separation import LipSeparation
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.frame_program import FrameProgram, Stage
from landmark_driver.network.head_basis import HeadBasis
from landmark_driver.network.latent_decoder import latent_decoder
from landmark_driver.network.latent_stages import Bounds, Looks, Posterior
from landmark_driver.network.lip_stages import Arches, Lips, Seal
from landmark_driver.network.residual_stage import residual_from_arrays
from landmark_driver.network.sway_mode import SwayMode
from landmark_driver.network.vertex_stages import Decoder, Edit, Eyes, Sway, coordinates_of

FORMAT, FORMAT_VERSION = "softdeca-frame", 1

Arrays = dict[str, np.ndarray]


class FrameFileError(SoftdecaError):
    """A file that holds no compiled frame of this version."""


def frame_bytes(
    program: FrameProgram, more: Mapping[str, np.ndarray] | None = None, header: dict[str, str] | None = None
) -> bytes:
    """Return the file of a program.

    Args:
        program: a head's frame, from landmarks to vertices.
        more: arrays for readers that need them, beside the program's own.
        header: entries beside the format's own.

    Returns:
        The bytes of a safetensors file.
    """
    own = {"format": FORMAT, "format_version": str(FORMAT_VERSION), "units": "metres, radians"}
    arrays = program.arrays() | dict(more or {})
    return save(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        own | {"stages": " ".join(program.names)} | (header or {}),
    )


def read_frame(path: Path) -> FrameProgram:
    """Return the program of a file.

    Args:
        path: of a file that `frame_bytes` made.

    Returns:
        The stages in the file's order; they take all landmarks, none masked.

    Raises:
        FrameFileError: for a file of another kind or version, or one that cannot be read.
    """
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            found = (header.get("format"), header.get("format_version"))
            if found != (FORMAT, str(FORMAT_VERSION)):
                raise FrameFileError(
                    f"Expected {FORMAT} {FORMAT_VERSION} in '{path}', got {found[0]} {found[1]}. "
                    "Write the file again with this version of softdeca."
                )
            names = header["stages"].split()
            arrays = {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, OSError, KeyError) as error:
        raise FrameFileError(
            f"Expected a compiled frame in '{path}', got a file that cannot be read ({error}). "
            "It may be cut short: write it again."
        ) from error
    return FrameProgram(tuple(_stage(name, arrays) for name in names))


def _stage(name: str, arrays: Arrays) -> Stage:
    own = {key.removeprefix(name + "."): a for key, a in arrays.items() if key.startswith(name + ".")}
    make: dict[str, Any] = {
        "looks": lambda: Looks(own["gaze_turns"]),
        "posterior": lambda: Posterior(own["gain"], own["offset"], own.get("looks")),
        "bounds": lambda: Bounds(BoundedLatent(own["precision"], own["follow"])),
        "decoder": lambda: _decoder(arrays, own),
        "residual": lambda: residual_from_arrays(own, _basis(arrays), arrays["decoder.rest_latent"]),
        "edit": lambda: Edit(**own, rest_latent=arrays["decoder.rest_latent"]),
        "sway": lambda: _sway(own, len(arrays["decoder.neutral_vertices"])),
        "arches": lambda: Arches(LipArches(**own)),
        "seal": lambda: _seal(own, arrays["decoder.rest_latent"]),
        "lips": lambda: Lips(LipSeparation(**own)),
        "eyes": lambda: Eyes(arrays["decoder.neutral_vertices"], own["vertices"], own["centres"]),
    }
    if name not in make:
        raise FrameFileError(
            f"Expected the stages {', '.join(make)}, got '{name}'. Write the file with this version of softdeca."
        )
    return make[name]()


def _decoder(arrays: Arrays, own: Arrays) -> Decoder:
    basis = _basis(arrays)
    return Decoder(
        basis,
        latent_decoder(basis.matrix, own["symmetric_head"].astype(float)),
        own["symmetric_head"],
        own["neutral_vertices"],
        own["rest_latent"],
        own["material_map"] if own["material_map"].any() else None,
        own["material_rest"],
        own["resting_vertices"],
    )


def _basis(arrays: Arrays) -> HeadBasis:
    own = {name: arrays[f"decoder.{name}"] for name in ("own", "shared", "scale", "vertices")}
    count, coordinates = len(arrays["decoder.neutral_vertices"]), coordinates_of(own["vertices"])
    parts = []
    for part in (own["own"], own["shared"]):
        whole = np.zeros((len(part), 3 * count), part.dtype)
        whole[:, coordinates] = part
        parts.append(whole)
    return HeadBasis(parts[0], parts[1], float(own["scale"][0]))


def _seal(own: Arrays, rest_latent: np.ndarray) -> Seal:
    opening = own.pop("opening")
    return Seal(LipSeal(**own), rest_latent, opening)


def _sway(own: Arrays, vertices: int) -> Sway:
    compliance = np.zeros((3, vertices, 3), np.float32)
    compliance[:, own["vertices"]] = own["compliance"]
    return Sway(compliance.reshape(3, -1), SwayMode(float(own["omega"][0]), own["centre"]))
