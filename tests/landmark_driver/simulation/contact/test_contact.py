"""Contact: what touches is found, pushed apart, and pushes back alike."""

import numpy as np
import pytest

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.geometry.nearest_edge import nearest_edges
from landmark_driver.geometry.nearest_triangle import nearest_triangles, triangle_normals
from landmark_driver.geometry.signed_surface import SignedSurface
from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.simulation.contact.body_contact import BodyContact
from landmark_driver.simulation.contact.bone_contact import BoneContact
from landmark_driver.simulation.contact.surface_pairs import SurfacePairs, SurfacePoints
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, MANDIBLE, RestMesh
from landmark_driver.simulation.energy.simulation_error import NotConvergedError, OverlapError
from landmark_driver.simulation.solver.contact_descent import descend_with_contact
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.minimum import Minimum
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.block import block

GAP_M = 1e-3


def outside(mesh: RestMesh) -> np.ndarray:
    """Triangles that belong to one tetrahedron only, facing out."""
    faces = mesh.tets[:, [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]]].reshape(-1, 3)
    _, first, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    return faces[first[count == 1]]


def two_slabs() -> tuple[RestMesh, BodyContact]:
    """A slab on the cranium above one on the mandible, turned a little, 1 mm apart: like lips."""
    slab = block(cells=(8, 6, 3), size_m=(0.04, 0.03, 0.01), fix="none")
    angle = np.array([[np.cos(0.1), -np.sin(0.1), 0], [np.sin(0.1), np.cos(0.1), 0], [0, 0, 1]])
    upper = slab.nodes @ angle.T + [0.002, -0.001, 0.01 + GAP_M]
    count = len(slab.nodes)
    bone = np.concatenate(
        [np.where(slab.nodes[:, 2] == 0, MANDIBLE, 0), np.where(slab.nodes[:, 2] >= 0.0099, CRANIUM, 0)]
    )
    tets = np.concatenate([slab.tets, slab.tets + count])
    mesh = RestMesh(np.concatenate([slab.nodes, upper]), tets, np.zeros(len(tets), int), bone)
    surface = outside(slab)
    return mesh, BodyContact(mesh.nodes, surface + count, surface)


def lifted(height_m: float, tilt: float = 0.0) -> BonePoses:
    pose = np.eye(4)
    pose[2, 3], pose[2, 0] = height_m, tilt
    return BonePoses(mandible=pose)


@pytest.mark.parametrize("height_m", [0.002, 0.004])
def test_two_slabs_pressed_together_have_no_intersecting_triangles(height_m):
    mesh, contact = two_slabs()
    load = Load(poses=lifted(height_m))
    crossed = Simulator(mesh, contacts=[contact]).solve_static(load, contact=False)
    assert len(contact.intersections(crossed.nodes)) > 20
    pressed = Simulator(mesh, contacts=[contact]).solve_static(load)
    assert pressed.penetrations == len(contact.intersections(pressed.nodes)) == pressed.inversions == 0


def test_a_start_that_overlaps_ends_without_intersections():
    mesh, contact = two_slabs()
    simulator, load = Simulator(mesh, contacts=[contact]), Load(poses=lifted(0.003))
    crossed = simulator.solve_static(load, contact=False)
    assert len(contact.intersections(simulator.solve_static(load, start=crossed.nodes).nodes)) == 0


def test_what_does_not_touch_settles_as_if_there_were_no_contact():
    mesh, contact = two_slabs()
    simulator, load = Simulator(mesh, contacts=[contact]), Load(poses=lifted(0.0005))
    with_contact, without = simulator.solve_static(load), simulator.solve_static(load, contact=False)
    assert np.array_equal(with_contact.nodes, without.nodes)
    assert with_contact.penetrations == 0
    assert without.penetrations is None


def test_contact_keeps_its_margin_and_pays_nothing_beyond_it():
    mesh, contact = two_slabs()
    pressed = Simulator(mesh, contacts=[contact]).solve_static(Load(poses=lifted(0.003)))
    (pairs,) = contact.find(pressed.nodes, BonePoses())
    assert isinstance(pairs, SurfacePairs)
    gaps = pairs.gaps(pressed.nodes)
    assert gaps.min() > 0
    assert 5e-5 < np.sort(gaps)[: len(gaps) // 10].mean() < 3.5e-4


def test_the_clear_fraction_of_a_way_ends_before_the_surfaces_meet():
    mesh, contact = two_slabs()
    upper = np.zeros(len(mesh.nodes))
    upper[len(mesh.nodes) // 2 :] = 1
    sunk = mesh.nodes - np.outer(upper, [0, 0, 0.005])
    fraction = contact.clear_fraction(mesh.nodes, sunk)
    assert 0.5 * GAP_M < fraction * 0.005 < GAP_M
    assert contact.violations(mesh.nodes + fraction * (sunk - mesh.nodes), BonePoses()) == 0
    assert contact.violations(sunk, BonePoses()) > 0
    assert contact.clear_fraction(mesh.nodes, mesh.nodes + np.array([0, 0, 0.005])) == 1.0


def resting(nodes: np.ndarray) -> Minimum:
    return Minimum(nodes, np.zeros_like(nodes), (0.0,), 1, 0.0, True)


def test_an_overlap_that_no_solve_parts_raises_with_its_size():
    mesh = hanging_slab()
    teeth = teeth_below(mesh, 0.003)
    sunk = mesh.nodes - [0, 0, 0.005]
    overlaps = teeth.violations(sunk, BonePoses())
    with pytest.raises(
        OverlapError, match=f"Expected no overlap in contact, got {overlaps} intersecting"
    ) as caught:
        descend_with_contact(
            lambda nodes, _: resting(sunk), lambda nodes, _: resting(sunk), sunk, [teeth], BonePoses()
        )
    assert caught.value.overlaps == overlaps > 0


def test_contact_that_never_comes_to_rest_is_not_a_result():
    mesh, contact = two_slabs()

    def restless(nodes, terms):
        return resting(nodes + np.array([0, 0, 0.001]))

    with pytest.raises(NotConvergedError, match=r"got 1\.0000 mm"):
        descend_with_contact(restless, restless, mesh.nodes, [contact], BonePoses())


def test_triangles_that_intersect_at_rest_are_left_out():
    mesh, contact = two_slabs()
    nodes = mesh.nodes.copy()
    nodes[: len(nodes) // 2, 2] += 1.2 * GAP_M
    assert len(intersecting_pairs(nodes, contact.first, nodes, contact.second)) > 0
    assert len(BodyContact(nodes, contact.first, contact.second).intersections(nodes)) == 0


def test_contact_forces_sum_to_zero_and_are_finite_differences_of_their_energy():
    random = np.random.default_rng(0)
    x, indices = random.normal(size=(12, 3)), random.permutation(12).reshape(4, 3)
    weights = random.dirichlet((1, 1, 1), size=2)
    normals = random.normal(size=(2, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    points = SurfacePoints(indices[:2], weights), SurfacePoints(indices[2:], weights[::-1])
    pairs = SurfacePairs(*points, normals, margin_m=10.0, spring_n_m=100.0)
    gradient, d, step = np.zeros_like(x), random.normal(size=x.shape), 1e-6
    pairs.add(x, gradient)
    assert np.abs(gradient.sum(axis=0)).max() < 1e-9
    ahead, behind = (pairs.add(x + s * d, np.zeros_like(x)) for s in (step, -step))
    assert (ahead - behind) / (2 * step) == pytest.approx(np.sum(gradient * d), rel=1e-6)
    change, later = np.zeros_like(x), np.zeros_like(x)
    pairs.add_hessian_product(x, d, change)
    pairs.add(x + d, later)
    assert np.abs(later - gradient - change).max() < 1e-9


def teeth_below(mesh: RestMesh, height_m: float) -> BoneContact:
    """A rigid plate on the mandible under a slab that hangs from the cranium."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * 0.1
    plate = corners + np.array([0, 0, height_m])
    low = np.flatnonzero(mesh.nodes[:, 2] == 0)
    return BoneContact(mesh.nodes, low, plate, np.array([[0, 1, 2], [0, 2, 3]]), MANDIBLE)


def hanging_slab() -> RestMesh:
    slab = block(cells=(8, 6, 3), size_m=(0.04, 0.03, 0.01), fix="none")
    return RestMesh(slab.nodes, slab.tets, slab.tissue, np.where(slab.nodes[:, 2] >= 0.0099, CRANIUM, 0))


def test_tissue_does_not_sink_into_teeth_that_come_up_with_the_mandible():
    mesh = hanging_slab()
    teeth = teeth_below(mesh, -0.001)
    settled = Simulator(mesh, contacts=[teeth]).solve_static(Load(poses=lifted(0.003)))
    assert settled.nodes[:, 2].min() > 0.002 - 1e-4
    assert settled.penetrations == 0


def test_a_node_that_rests_behind_the_teeth_may_stay_there():
    mesh = hanging_slab()
    simulator = Simulator(mesh, contacts=[teeth_below(mesh, 0.0005)])
    settled = simulator.solve_static(Load())
    assert np.abs(settled.nodes - mesh.nodes).max() < 1e-9


def test_intersecting_triangles_are_found():
    x = np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.2, 0.2, -1], [0.3, 0.2, 1], [0.2, 0.3, 1.0], [5, 5, 5.0]]
    )
    first, second = np.array([[0, 1, 2]]), np.array([[3, 4, 5], [6, 4, 5], [0, 4, 5]])
    assert intersecting_pairs(x, first, x, second).tolist() == [[0, 0]]


def test_the_nearest_point_of_a_triangle_is_found_inside_on_edges_and_at_corners():
    x = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.0]])
    points = np.array([[0.2, 0.3, 2], [0.5, -1, 0], [2, -0.1, 0], [1, 1, 0], [-1, -1, 0], [-1, 0.5, 1]])
    expected = [[0.2, 0.3, 0], [0.5, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 0, 0], [0, 0.5, 0]]
    which, weights = nearest_triangles(points, x, np.array([[0, 1, 2]]))
    assert np.all(which == 0)
    assert np.allclose(weights @ x, expected)


def test_the_nearest_of_many_triangles_is_the_one_that_looking_at_all_finds():
    random = np.random.default_rng(1)
    x, points = random.normal(size=(60, 3)), random.normal(size=(40, 3))
    triangles = random.permutation(60).reshape(20, 3)
    which, weights = nearest_triangles(points, x, triangles)
    alone = [nearest_triangles(points, x, triangle[None])[1] for triangle in triangles]
    distances = np.array(
        [np.linalg.norm(w @ x[t] - points, axis=1) for w, t in zip(alone, triangles, strict=True)]
    )
    assert np.array_equal(which, distances.argmin(axis=0))
    assert np.allclose(
        np.linalg.norm(np.einsum("pk,pkc->pc", weights, x[triangles[which]]) - points, axis=1),
        distances.min(axis=0),
    )


def test_the_nearest_edge_is_at_the_distance_that_sampling_both_finds():
    random = np.random.default_rng(2)
    x = random.normal(size=(24, 3))
    own, other = np.arange(8).reshape(4, 2), np.arange(8, 24).reshape(8, 2)
    which, s, t = nearest_edges(x, own, other)
    fraction = np.linspace(0, 1, 201)[:, None]
    for row in range(len(own)):
        a, b = x[own[row]]
        line = a + fraction * (b - a)
        far = [
            np.linalg.norm(line[:, None] - (c + fraction * (d - c))[None], axis=2).min() for c, d in x[other]
        ]
        c, d = x[other[which[row]]]
        found = np.linalg.norm(a + s[row] * (b - a) - c - t[row] * (d - c))
        assert which[row] == np.argmin(far)
        assert found == pytest.approx(min(far), abs=1e-3) and found <= min(far) + 1e-12


def test_a_surface_has_every_edge_once():
    assert edges_of(np.array([[0, 1, 2], [2, 1, 3]])).tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]


def test_outside_triangles_face_out():
    mesh = block()
    surface = outside(mesh)
    away = mesh.nodes[surface].mean(axis=1) - mesh.nodes.mean(axis=0)
    assert np.all(np.sum(triangle_normals(mesh.nodes, surface) * away, axis=1) > 0)


def box() -> tuple[np.ndarray, np.ndarray]:
    """The unit cube, facing out."""
    mesh = block(cells=(1, 1, 1), size_m=(1.0, 1.0, 1.0), fix="none")
    return mesh.nodes, outside(mesh)


def test_signed_distance_to_a_box_is_the_formula_also_beside_edges_and_corners():
    points = np.random.default_rng(3).uniform(-0.7, 1.7, size=(500, 3))
    outward = np.abs(points - 0.5) - 0.5
    expected = np.linalg.norm(np.maximum(outward, 0), axis=1) + np.minimum(outward.max(axis=1), 0)
    heights, foot, growth = SignedSurface(*box()).look(points)
    assert np.abs(heights - expected).max() < 1e-12
    assert np.abs(foot + heights[:, None] * growth - points).max() < 1e-9
    assert np.abs(np.linalg.norm(growth, axis=1) - 1).max() < 1e-12


def test_there_is_no_behind_beyond_an_open_border():
    points, triangles = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.0]]), np.array([[0, 1, 2]])
    below = np.array([[0.2, 0.2, -1.0], [0.2, -0.5, -1.0], [-1.0, -1.0, -1.0]])
    heights, _, _ = SignedSurface(points, triangles).look(below)
    assert (heights < 0).tolist() == [True, False, False]
