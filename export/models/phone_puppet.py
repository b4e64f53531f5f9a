"""A character as one file from which the phone's page drives it alone: the live path's matrices, folded.

The file is a safetensors file (a JSON header with shapes and types, then plain arrays), metres and radians.
`capture/page/puppet/` is what reads it: the twin of the live path's files, held to them by tests.

    calibration   neutral_landmarks (478, 3), still (478,), landmark_groups (478,)
    tracker       response.*                             `tracker_response.py`
    network       gain, offset, looks, corrector.*, still_latent, bounded.precision, bounded.follow, tissue_*
    decoder       basis.own (52, M), basis.shared (K, M), basis.scale, basis.vertices: where the M / 3 points belong
    vertices      neutral_vertices, resting_vertices (V, 3), lips.*, eye_*, gaze_turns, give.* and sway.*
    drawing       shown = shown.base + A (v - shown.reference), A in shown.starts, .columns and .values by rows;
                  coarse.faces draw the vertices as they are (not for a scan)

Nothing is rounded: the shared basis was stored in half precision and is sent as it was, with the head's scale.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from safetensors.numpy import save

from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.landmarks.calibration import rigidity_weights
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.scan_character import ScanCharacter, parted_lips

FORMAT, FORMAT_VERSION = "softdeca-puppet", 1
_EYEBALL_PARTS = (7, 8)

Arrays = dict[str, np.ndarray]


def phone_puppet(character: Character) -> bytes | None:
    """The file's bytes; None for a character of linear blendshapes, which only the desktop drives."""
    head = character.template
    if head.network is None:
        return None
    response = load_tracker_response()
    folded = head.network.fold(head.embedding, response.noise)
    arrays = (
        _calibration(head) | _network(folded, head.network) | _decoder(head.network) | _head(head, folded)
    )
    arrays |= {
        f"response.{name}": getattr(response, name) for name in ("inward", "sights", "answers", "outward")
    }
    arrays |= _shown(character)
    header = {"format": FORMAT, "format_version": str(FORMAT_VERSION), "units": "metres, radians"}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, header)


def _calibration(head: Character) -> Arrays:
    return {
        "neutral_landmarks": head.neutral_landmarks,
        "still": rigidity_weights(head.landmark_expressions),
        "landmark_groups": head.landmark_groups,
    }


def _network(folded: FoldedDriver, network: CharacterNetwork) -> Arrays:
    assert folded.looks is not None, "a character's own driver knows the gaze"
    map_, rest = network.tissue_map
    arrays = {
        "gain": folded.gain,
        "offset": folded.offset,
        "looks": folded.looks,
        "still_latent": np.asarray(folded.still, np.float32),
        "bounded.precision": folded.bounded.precision,
        "bounded.follow": folded.bounded.follow,
        "tissue_map": map_.astype(np.float32),
        "tissue_rest": (rest + map_ @ folded.still).astype(np.float32),
        "corrector.out.weight": folded.corrector.out,
        "corrector.out.bias": folded.corrector.bias,
    }
    for number, (weight, bias) in enumerate(folded.corrector.hidden):
        arrays |= {f"corrector.{number}.weight": weight, f"corrector.{number}.bias": bias}
    return arrays


def _decoder(network: CharacterNetwork) -> Arrays:
    """The head's basis without the vertices that it leaves where they are."""
    shared = network.weights.arrays["basis"]
    own = network.head.basis[: -len(shared)]
    moving = own.any(0) | shared.any(0)
    vertices = np.flatnonzero(moving.reshape(-1, 3).any(1))
    coordinates = (3 * vertices[:, None] + np.arange(3)).ravel()
    return {
        "basis.own": own[:, coordinates],
        "basis.shared": shared[:, coordinates],
        "basis.scale": np.array([network.weights.head_scale(network.neutral_vertices)], np.float32),
        "basis.vertices": _index(vertices),
    }


def _head(head: Character, folded: FoldedDriver) -> Arrays:
    assert folded.give is not None and folded.sway_mode is not None, "a character's own driver sways"
    swaying = np.flatnonzero(folded.give.reshape(3, -1, 3).any((0, 2)))
    lips = folded.lips.arrays()
    return {
        "neutral_vertices": head.neutral_vertices.astype(np.float32),
        "resting_vertices": folded.resting.reshape(-1, 3),
        "eye_vertices": _index(head.eye_vertices),
        "eye_centres": head.eye_centres.astype(float),
        "gaze_turns": head.gaze_turns.astype(float),
        "give.vertices": _index(swaying),
        "give.ways": folded.give.reshape(3, -1, 3)[:, swaying],
        "sway.omega": np.array([folded.sway_mode.omega]),
        "sway.centre": folded.sway_mode.centre_m,
        **{name: array if name == "lips.share" else _index(array) for name, array in lips.items()},
    }


def _shown(character: Character) -> Arrays:
    """The mesh that the desktop draws too: a character's own, one Loop step finer, or its scan."""
    head, reference = character.template, character.template.neutral_vertices.astype(np.float32)
    operator, base = character.display.operator, character.display(character.neutral_vertices)
    arrays: Arrays = {}
    if isinstance(character, ScanCharacter):
        operator = sparse.csr_matrix(operator @ _with_extra(character))
        reference = reference + parted_lips(head)
    else:
        arrays = _faces("coarse", head.faces, head.face_part)
    return arrays | {
        "shown.base": base.astype(np.float32),
        "shown.reference": reference,
        "shown.starts": operator.indptr.astype(np.uint32),
        "shown.columns": _index(operator.indices),
        "shown.values": operator.data.astype(np.float32),
        "shown.colors": character.display_colors,
        **_faces("shown", character.display.faces, character.display_part),
    }


def _faces(name: str, faces: np.ndarray, part: np.ndarray) -> Arrays:
    """Triangles, those of the eyeballs, which glisten, at the end."""
    wet = np.isin(part, _EYEBALL_PARTS)
    return {
        f"{name}.faces": _index(np.concatenate([faces[~wet], faces[wet]])),
        f"{name}.dry_faces": np.array([np.count_nonzero(~wet)], np.uint32),
    }


def _with_extra(character: ScanCharacter) -> sparse.csr_matrix:
    """The scan's own vertices go with the template's skin, the extra ones are the template's."""
    extra = character.scan.extra
    vertices = len(character.template.neutral_vertices)
    same = sparse.csr_matrix((np.ones(len(extra)), (np.arange(len(extra)), extra)), (len(extra), vertices))
    return sparse.csr_matrix(sparse.vstack([character.motion.operator, same], format="csr"))


def _index(array: np.ndarray) -> np.ndarray:
    return array.astype(np.uint16 if array.max(initial=0) < 2**16 else np.uint32)
