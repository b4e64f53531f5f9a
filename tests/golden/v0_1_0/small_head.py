"""Cuts the shipped head and its networks down to some hundred vertices; runs with version 0.1.0's modules.

Vertices are chosen and merged alike on both sides, so that the small head is its own mirror image where the large one is.
The networks keep their shipped numbers: the first components, hidden units and rows of every region.
"""

# ruff: noqa: I001  (modules of 0.1.0 are not here, so that no tool can sort them)

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from landmark_driver.character import Character
from landmark_driver.character_network import character_network
from landmark_driver.head_model.subdivision import loop_subdivision
from landmark_driver.lip_separation import LipSeparation
from landmark_driver.network_weights import NetworkWeights, head_scale
from landmark_driver.tissue_setting import FEATURE_SIZE, REGION_NAMES, usual_setting
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

FACE_SEEDS, OTHER_SEEDS, MIDDLE_SEEDS = 70, 20, 24
EYE_STEP = 60
SHAPES, CODE, COMPONENTS, WIDTH, TRUNK, RANK = 52, 4, 10, 24, 2, 1
_OLD_TRUNK, _OLD_RANK = 16, 8
_ACROSS = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Merging:
    """`kept` are vertices of the large head; `place` tells for each of its vertices which of them stands for it."""

    kept: np.ndarray
    place: np.ndarray

    def faces(self, faces: np.ndarray) -> np.ndarray:
        """Which triangles keep three corners, each once."""
        corners = self.place[faces]
        whole = (corners != np.roll(corners, 1, 1)).all(1)
        first = np.unique(np.sort(corners, 1), axis=0, return_index=True)[1]
        return np.intersect1d(np.flatnonzero(whole), first)


def merging(character: Character) -> Merging:
    assert character.network is not None
    symmetric = character.network.weights.symmetric_head
    across = KDTree(symmetric).query(_ACROSS * symmetric)[1]
    every, eyes = np.arange(len(symmetric)), character.eye_vertices
    middle = across == every
    left = ~middle & (symmetric[:, 0] > 0)
    graph = _graph(character.faces, symmetric)
    rng = np.random.default_rng(0)
    seen = np.unique(character.landmark_corners)
    slit = character.network.weights.lips.slit.ravel()
    head = ~np.isin(every, eyes)
    part = connected_components(graph, directed=False)[1]
    on_left = np.concatenate(
        [
            _some(rng, np.intersect1d(seen, np.flatnonzero(left & head)), FACE_SEEDS),
            _some(rng, np.flatnonzero(left & head), OTHER_SEEDS),
            _one_of_each(part, np.flatnonzero(left & head)),
            slit[left[slit]],
        ]
    )
    between = np.concatenate(
        [
            _some(rng, np.flatnonzero(middle), MIDDLE_SEEDS),
            _one_of_each(part, np.flatnonzero(middle)),
            slit[middle[slit]],
        ]
    )
    between = np.unique(between)
    seeds = np.union1d(on_left, between)
    place = every.copy()
    nearest = _nearest(graph, seeds)
    place[left & head] = nearest[left & head]
    place[middle] = _nearest(graph, between)[middle]
    wrong = place[left & head]
    assert not (~left & ~middle)[wrong].any(), "left vertices go to left or middle ones"
    place[across[left & head]] = across[place[left & head]]
    for eye in eyes:
        tree = KDTree(symmetric[eye[::EYE_STEP]])
        place[eye] = eye[::EYE_STEP][tree.query(symmetric[eye])[1]]
    kept = np.unique(place)
    return Merging(kept, np.searchsorted(kept, place))


def small_character(character: Character, merged: Merging) -> Character:
    """The character on the kept vertices, without networks."""
    kept, place = merged.kept, merged.place
    faces = merged.faces(character.faces)
    small_faces = place[character.faces[faces]].astype(np.int32)
    neutral = character.neutral_vertices[kept]
    shown = loop_subdivision(small_faces, len(kept))
    at = KDTree(character.display(character.neutral_vertices)).query(shown(neutral))[1]
    return replace(
        character,
        neutral_vertices=neutral,
        faces=small_faces,
        face_part=character.face_part[faces],
        expressions=character.expressions[:, kept],
        landmark_corners=place[character.landmark_corners].astype(np.int32),
        eye_vertices=place[character.eye_vertices[:, ::EYE_STEP]].astype(np.int32),
        display_colors=character.display_colors[at],
        paint_amounts=character.paint_amounts[:, at],
        provenance={"made": "tests/golden/v0_1_0/make_files.py"},
        network=None,
    )


def small_weights(character: Character, merged: Merging) -> NetworkWeights:
    """The shipped networks with fewer components, hidden units and vertices."""
    assert character.network is not None
    old = character.network.weights.arrays
    kept = merged.kept
    coordinates = (3 * kept[:, None] + np.arange(3)).ravel()
    skin = np.flatnonzero(np.isin(kept, old["skin"]))
    mean = old["code_mean"][coordinates]
    latents = np.r_[: SHAPES + COMPONENTS]
    arrays = {
        "basis": old["basis"][:COMPONENTS, coordinates],
        "canonical": old["canonical"][:64],
        "code_basis": old["code_basis"][:CODE, coordinates],
        "code_mean": (mean / head_scale(mean.reshape(-1, 3), skin)).astype(np.float32),
        "code_std": old["code_std"][:CODE],
        "skin": skin.astype(np.int32),
        **{
            f"{tissue}_error": old[f"{tissue}_error"][:COMPONENTS, :COMPONENTS]
            for tissue in ("usual", "edited")
        },
        **{
            f"{tissue}_residual_std": old[f"{tissue}_residual_std"][coordinates]
            for tissue in ("usual", "edited")
        },
        **_small_lips(character.network.weights.lips, merged).arrays(),
        **_small_forward(old),
        **_small_corrector(old, latents),
    }
    return NetworkWeights(arrays, {"made": "tests/golden/v0_1_0/make_files.py"})


def with_small_networks(small: Character, weights: NetworkWeights) -> Character:
    neutral = small.neutral_vertices.astype(float)
    return replace(small, network=character_network(weights, neutral, small.expressions, usual_setting()))


def _graph(faces: np.ndarray, points: np.ndarray) -> sparse.csr_matrix:
    edges = np.unique(np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    return sparse.csr_matrix((length, (edges[:, 0], edges[:, 1])), shape=(len(points), len(points)))


def _nearest(graph: sparse.csr_matrix, seeds: np.ndarray) -> np.ndarray:
    return dijkstra(graph, directed=False, indices=seeds, min_only=True, return_predecessors=True)[2]


def _some(rng: np.random.Generator, among: np.ndarray, count: int) -> np.ndarray:
    return rng.choice(among, min(count, len(among)), replace=False)


def _one_of_each(part: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The first vertex of every connected part."""
    return among[np.unique(part[among], return_index=True)[1]]


def _small_lips(lips: LipSeparation, merged: Merging) -> LipSeparation:
    upper, lower = (merged.place[part][merged.faces(part)] for part in (lips.upper, lips.lower))
    stays = np.isin(lips.moving, merged.kept)
    return LipSeparation(
        upper=upper,
        lower=lower,
        slit=merged.place[lips.slit],
        moving=merged.place[lips.moving[stays]],
        share=lips.share[stays],
    )


def _small_forward(old: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    regions = np.arange(len(REGION_NAMES))[:, None]
    trunk = (_OLD_TRUNK * regions + np.arange(TRUNK)).ravel()
    rank = (_OLD_RANK * regions + np.arange(RANK)).ravel()
    features = old["forward.trunk.weight"].shape[1] - FEATURE_SIZE
    condition = np.r_[:CODE, features : features + FEATURE_SIZE]
    width, out = np.arange(WIDTH), np.arange(COMPONENTS)
    part = {name.removeprefix("forward."): a for name, a in old.items() if name.startswith("forward.")}
    large = part["hidden.1.weight"].shape[0]
    film = (large * np.arange(4)[:, None] + width).ravel()
    rest = np.r_[:FEATURE_SIZE, FEATURE_SIZE + trunk]
    small = {
        "trunk.weight": part["trunk.weight"][trunk][:, condition],
        "trunk.bias": part["trunk.bias"][trunk],
        "film.weight": part["film.weight"][film][:, trunk],
        "hidden.0.weight": part["hidden.0.weight"][width],
        "hidden.0.bias": part["hidden.0.bias"][width],
        "hidden.1.weight": part["hidden.1.weight"][width][:, width],
        "hidden.1.bias": part["hidden.1.bias"][width],
        "out.weight": part["out.weight"][out][:, width],
        "linear.weight": part["linear.weight"][out],
        "shapes.weight": part["shapes.weight"][rank],
        "bilinear.weight": part["bilinear.weight"][rank][:, trunk],
        "mix.weight": part["mix.weight"][out][:, rank],
        "rest.weight": part["rest.weight"][out][:, rest],
    }
    assert small.keys() == part.keys()
    return {f"forward.{name}": array for name, array in small.items()}


def _small_corrector(old: dict[str, np.ndarray], latents: np.ndarray) -> dict[str, np.ndarray]:
    part = {name.removeprefix("corrector."): a for name, a in old.items() if name.startswith("corrector.")}
    all_latents, told = part["hidden.0.weight"].shape[1], part["trunk.weight"].shape[1]
    features = told - all_latents - 1 - FEATURE_SIZE
    width, trunk = np.arange(WIDTH), np.arange(WIDTH)
    condition = np.r_[:CODE, features : features + FEATURE_SIZE + 1, told - all_latents + latents]
    large = part["hidden.1.weight"].shape[0]
    film = (large * np.arange(6)[:, None] + width).ravel()
    small = {
        "trunk.weight": part["trunk.weight"][trunk][:, condition],
        "trunk.bias": part["trunk.bias"][trunk],
        "film.weight": part["film.weight"][film][:, trunk],
        "film.bias": part["film.bias"][film],
        "hidden.0.weight": part["hidden.0.weight"][width][:, latents],
        "hidden.0.bias": part["hidden.0.bias"][width],
        "out.weight": part["out.weight"][latents][:, width],
        "out.bias": part["out.bias"][latents],
    }
    for layer in ("hidden.1", "hidden.2"):
        small[f"{layer}.weight"] = part[f"{layer}.weight"][width][:, width]
        small[f"{layer}.bias"] = part[f"{layer}.bias"][width]
    assert small.keys() == part.keys()
    return {f"corrector.{name}": array for name, array in small.items()}
