"""Soft-tissue thickness predicted from the skin's shape, learned from pairs of skin and skull surfaces.

It replaces the medical table where a user has CT data of a population: skin in template topology,
skull as any mesh in the same frame.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
import trimesh
from jaxtyping import Float
from scipy.sparse.linalg import spsolve

from landmark_driver.geometry.graph_laplacian import graph_laplacian
from landmark_driver.geometry.mesh_contact import distance_to_mesh
from landmark_driver.head.identity_model import HeadModelError, HeadTopology
from landmark_driver.layers.layer_head import head_scale
from landmark_driver.layers.layer_template import LayerTemplate

_MESH_ENDINGS = (".ply", ".obj", ".stl", ".glb")
_SMOOTHING = 0.2
_RATIO_RANGE = (0.3, 3.0)
FORMAT_VERSION = 1


@dataclass(frozen=True)
class LearningSettings:
    """The settings of a fit: the most `components` of skin shape, and the `ridges` to choose from.

    The fit takes the ridge that predicts heads left out of it best.
    """

    components: int = 20
    ridges: tuple[float, ...] = (1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)


@dataclass(frozen=True)
class ThicknessRegressor:
    """log(thickness / scaled table) = mean + slopes . shape, where shape is the skin's leading components.

    Shapes are wrap vertices about their mean, divided by the head's scale. Components have unit
    variance over the training heads.
    """

    mean_shape: Float[np.ndarray, "wrap 3"]
    components: Float[np.ndarray, "components shape"]
    mean_log_ratio: Float[np.ndarray, "wrap"]
    slopes: Float[np.ndarray, "components wrap"]

    def predict(
        self, template: LayerTemplate, skin: Float[np.ndarray, "skin 3"]
    ) -> Float[np.ndarray, "wrap"]:
        """Return the wanted thickness at every wrap vertex, for `layer_head`.

        Args:
            template: the layer template of the skin's topology.
            skin: (S, 3) metres, head frame.

        Returns:
            (W,) metres, 0.3 to 3 times the medical table scaled with the head.
        """
        shape = _shape(template, skin) - self.mean_shape
        log_ratio = self.mean_log_ratio + (self.components @ shape.ravel()) @ self.slopes
        low, high = np.log(_RATIO_RANGE)
        return head_scale(template, skin) * template.thickness * np.exp(np.clip(log_ratio, low, high))

    def save(self, path: Path) -> None:
        """Write the regressor as one .npz file, first under a temporary name, then renamed.

        Args:
            path: the file to write.
        """
        unfinished = path.with_name(path.name + ".part")
        header = json.dumps({"format": "softdeca thickness regressor", "version": FORMAT_VERSION})
        with unfinished.open("wb") as file:
            np.savez_compressed(file, header=np.array(header), **vars(self))
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> ThicknessRegressor:
        """Return the regressor in a file of `save`.

        Args:
            path: the .npz file.

        Returns:
            The regressor.

        Raises:
            HeadModelError: for a file of another kind or another version.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                header = json.loads(str(data["header"]))
                fields = {name: data[name] for name in cls.__dataclass_fields__}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise HeadModelError(
                f"Expected a thickness regressor made by 'softdeca head layers --learn', got {path} ({error}). Learn it again."
            ) from error
        if header.get("version") != FORMAT_VERSION:
            raise HeadModelError(
                f"Expected thickness regressor version {FORMAT_VERSION}, got {header.get('version')} in {path}. "
                "Learn it again with this version."
            )
        return cls(**fields)


def learn_thickness(
    directory: Path, template: LayerTemplate, topology: HeadTopology, settings: LearningSettings | None = None
) -> ThicknessRegressor:
    """Return a regressor learned from all pairs NAME_skin.* and NAME_skull.* in a folder.

    Args:
        directory: the folder of PLY, OBJ, STL or GLB meshes in metres, head frame.
        template: the layer template of the skins' topology.
        topology: the skins' topology; a whole head's mesh also counts as a skin.
        settings: the settings of the fit; None for their defaults.

    Returns:
        The fitted regressor.

    Raises:
        HeadModelError: where the folder or a skull is missing, a mesh cannot be read, a skin is not in template
            topology, or fewer than three pairs are found.
    """
    pairs = []
    for skin_path, skull_path in _pairs(directory):
        skin_mesh, skull = _load(skin_path), _load(skull_path)
        pairs.append((_skin_vertices(skin_mesh.vertices, topology, skin_path), skull))
    if len(pairs) < 3:
        raise HeadModelError(
            f"Expected at least 3 pairs NAME_skin.ply and NAME_skull.ply in {directory}, got {len(pairs)}. Add more."
        )
    shapes = np.stack([_shape(template, skin) for skin, _ in pairs])
    targets = np.stack([_log_ratio(template, skin, skull.vertices, skull.faces) for skin, skull in pairs])
    return fit_regressor(shapes, targets, settings or LearningSettings())


def fit_regressor(
    shapes: Float[np.ndarray, "heads wrap 3"],
    log_ratios: Float[np.ndarray, "heads wrap"],
    settings: LearningSettings,
) -> ThicknessRegressor:
    """Return the ridge regression of log ratios on the shapes' principal components.

    Args:
        shapes: (H, W, 3) wrap vertices about their mean, divided by each head's scale, metres.
        log_ratios: (H, W) log(thickness / scaled table).
        settings: the settings of the fit.

    Returns:
        The regressor, with the ridge of least mean square error on heads left out.
    """
    mean_shape, mean_ratio = shapes.mean(0), log_ratios.mean(0)
    centred = (shapes - mean_shape).reshape(len(shapes), -1)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    count = min(settings.components, len(shapes) - 1, int((sizes > 1e-9 * sizes[0]).sum()))
    deviation = sizes[:count] / np.sqrt(len(shapes) - 1)
    scores = left[:, :count] * np.sqrt(len(shapes) - 1)
    residual = log_ratios - mean_ratio
    ridge = min(settings.ridges, key=lambda value: _left_out_error(scores, residual, value))
    slopes = _ridge_solution(scores, ridge) @ residual
    return ThicknessRegressor(mean_shape, right[:count] / deviation[:, None], mean_ratio, slopes)


def _ridge_solution(scores: Float[np.ndarray, "heads components"], ridge: float) -> np.ndarray:
    """Return (S^T S + ridge * heads * I)^-1 S^T."""
    heads, count = scores.shape
    return np.linalg.solve(scores.T @ scores + ridge * heads * np.eye(count), scores.T)


def _left_out_error(
    scores: Float[np.ndarray, "heads components"], residual: Float[np.ndarray, "heads wrap"], ridge: float
) -> float:
    """Return the mean square error on each head by the fit to all others: residuals divided by 1 - leverage."""
    fitted = scores @ _ridge_solution(scores, ridge)
    leverage = np.clip(np.diag(fitted) + 1 / len(scores), 0, 1 - 1e-6)
    left_out = (residual - fitted @ residual) / (1 - leverage)[:, None]
    return float((left_out**2).mean())


def _shape(template: LayerTemplate, skin: Float[np.ndarray, "skin 3"]) -> Float[np.ndarray, "wrap 3"]:
    points = template.solver.wrapper.wrap(skin)
    return (points - points.mean(0)) / head_scale(template, skin)


def _log_ratio(
    template: LayerTemplate, skin: Float[np.ndarray, "skin 3"], skull: np.ndarray, skull_faces: np.ndarray
) -> Float[np.ndarray, "wrap"]:
    """Return the log of measured over tabled thickness, continued smoothly where the wrap lies on no bone."""
    points = template.solver.wrapper.wrap(skin)
    on_bone = template.node_bone[2 * template.wrap.size :] > 0
    measured = distance_to_mesh(points[on_bone], skull, skull_faces)
    tabled = head_scale(template, skin) * template.thickness[on_bone]
    known = np.zeros(template.wrap.size)
    known[on_bone] = np.log(np.clip(measured / tabled, *_RATIO_RANGE))
    laplacian = graph_laplacian(template.wrap.faces, template.wrap.size)
    smooth = (laplacian.T @ laplacian + _SMOOTHING * sparse.diags(on_bone.astype(float))).tocsc()
    return np.asarray(spsolve(smooth, _SMOOTHING * known))


def _pairs(directory: Path) -> list[tuple[Path, Path]]:
    if not directory.is_dir():
        raise HeadModelError(
            f"Expected a folder with pairs NAME_skin.ply and NAME_skull.ply, got {directory}. Check the path."
        )
    files = sorted(path for path in directory.iterdir() if path.suffix.lower() in _MESH_ENDINGS)
    skulls = {path.stem.removesuffix("_skull"): path for path in files if path.stem.endswith("_skull")}
    skins = [path for path in files if path.stem.endswith("_skin")]
    for skin in skins:
        if skin.stem.removesuffix("_skin") not in skulls:
            raise HeadModelError(
                f"Expected a skull beside {skin.name}, got none. Name it {skin.stem.removesuffix('_skin')}_skull.ply."
            )
    return [(skin, skulls[skin.stem.removesuffix("_skin")]) for skin in skins]


def _load(path: Path) -> trimesh.Trimesh:
    try:
        mesh = trimesh.load(path, process=False, force="mesh")
    except Exception as error:
        raise HeadModelError(
            f"Expected a triangle mesh, got {path} that cannot be read ({error}). Choose another."
        ) from error
    assert isinstance(mesh, trimesh.Trimesh)
    if len(mesh.faces) == 0 or not np.isfinite(mesh.vertices).all():
        raise HeadModelError(
            f"Expected a triangle mesh with finite vertices, got {path} with none. Repair it."
        )
    return mesh


def _skin_vertices(vertices: np.ndarray, topology: HeadTopology, path: Path) -> Float[np.ndarray, "skin 3"]:
    """Return the outer skin's vertices of a whole head or of a skin alone."""
    skin = topology.vertices_of("skin")
    if len(vertices) not in (len(skin), topology.vertex_count):
        raise HeadModelError(
            f"Expected a skin in template topology ({len(skin)} or {topology.vertex_count} vertices), "
            f"got {len(vertices)} in {path.name}. Register it to the template first (softdeca head fit)."
        )
    return np.asarray(vertices[: len(skin)], float)
