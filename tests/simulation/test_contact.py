"""Contact: what touches is found, pushed apart, and pushes back alike."""

import numpy as np
import pytest

from landmark_driver.simulation.body_contact import BodyContact, ContactBody
from landmark_driver.simulation.bone_contact import BoneContact
from landmark_driver.simulation.contact_descent import descend_with_contact
from landmark_driver.simulation.containing_tet import containing_tets
from landmark_driver.simulation.load import BonePoses, Load
from landmark_driver.simulation.nearest_triangle import nearest_triangles, triangle_normals
from landmark_driver.simulation.rest_mesh import CRANIUM, MANDIBLE, RestMesh
from landmark_driver.simulation.simulation_error import OverlapError
from landmark_driver.simulation.simulator import Simulator
from landmark_driver.simulation.surface_pairs import SurfacePairs, SurfacePoints
from landmark_driver.simulation.triangle_intersections import crossing_points, intersecting_pairs
from tests.simulation.block import block

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
    mesh = RestMesh(np.concatenate([slab.nodes, upper]), tets, np.zeros(len(tets)), bone)
    surface = outside(slab)
    lower_body, upper_body = (ContactBody(surface + k * count, slab.tets + k * count) for k in (0, 1))
    return mesh, BodyContact(mesh.nodes, upper_body, lower_body)


def lifted(height_m: float, tilt: float = 0.0) -> BonePoses:
    pose = np.eye(4)
    pose[2, 3], pose[2, 0] = height_m, tilt
    return BonePoses(mandible=pose)


@pytest.mark.parametrize("height_m", [0.002, 0.004])
def test_two_slabs_pressed_together_have_no_intersecting_triangles(height_m):
    mesh, contact = two_slabs()
    load = Load(poses=lifted(height_m))
    crossed = Simulator(mesh, contacts=[contact]).settle(load, contact=False)
    assert len(contact.intersections(crossed.nodes)) > 20
    pressed = Simulator(mesh, contacts=[contact]).settle(load)
    assert pressed.penetrations == len(contact.intersections(pressed.nodes)) == pressed.inversions == 0


def test_a_start_that_overlaps_ends_without_intersections():
    mesh, contact = two_slabs()
    simulator, load = Simulator(mesh, contacts=[contact]), Load(poses=lifted(0.003))
    crossed = simulator.settle(load, contact=False)
    assert len(contact.intersections(simulator.settle(load, start=crossed.nodes).nodes)) == 0


def test_what_does_not_touch_settles_as_if_there_were_no_contact():
    mesh, contact = two_slabs()
    simulator, load = Simulator(mesh, contacts=[contact]), Load(poses=lifted(0.0005))
    with_contact, without = simulator.settle(load), simulator.settle(load, contact=False)
    assert np.array_equal(with_contact.nodes, without.nodes)
    assert with_contact.penetrations == 0
    assert without.penetrations is None


def test_an_overlap_that_no_solve_parts_raises_with_its_size():
    mesh, contact = two_slabs()
    simulator, load = Simulator(mesh, contacts=[contact]), Load(poses=lifted(0.003))
    potential = simulator.potential(simulator.effective(None), load.poses, [])
    crossed = simulator.descend(potential, simulator.placed(load.poses, None))
    overlaps = len(contact.intersections(crossed.nodes))
    with pytest.raises(
        OverlapError, match=f"expected no overlap in contact, got {overlaps} intersecting"
    ) as caught:
        descend_with_contact(lambda nodes, terms: crossed, crossed, [contact], load.poses, most_rounds=2)
    assert caught.value.overlaps == overlaps > 0


def test_triangles_that_intersect_at_rest_are_left_out():
    mesh, contact = two_slabs()
    nodes = mesh.nodes.copy()
    nodes[: len(nodes) // 2, 2] += 1.2 * GAP_M
    first, second = contact.bodies
    assert len(intersecting_pairs(nodes, first.triangles, second.triangles)) > 0
    assert len(BodyContact(nodes, first, second).intersections(nodes)) == 0


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
    settled = Simulator(mesh, contacts=[teeth]).settle(Load(poses=lifted(0.003)))
    assert settled.nodes[:, 2].min() > 0.002 - 1e-4
    assert settled.penetrations == 0


def test_a_node_that_rests_behind_the_teeth_may_stay_there():
    mesh = hanging_slab()
    simulator = Simulator(mesh, contacts=[teeth_below(mesh, 0.0005)])
    settled = simulator.settle(Load())
    assert np.abs(settled.nodes - mesh.nodes).max() < 1e-9


def test_intersecting_triangles_are_found_and_their_crossing_lies_on_both():
    x = np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.2, 0.2, -1], [0.3, 0.2, 1], [0.2, 0.3, 1.0], [5, 5, 5.0]]
    )
    first, second = np.array([[0, 1, 2]]), np.array([[3, 4, 5], [6, 4, 5], [0, 4, 5]])
    assert intersecting_pairs(x, first, second).tolist() == [[0, 0]]
    point = crossing_points(x, first, second[:1])[0]
    assert abs(point[2]) < 1e-12
    assert point[:2] == pytest.approx([0.2375, 0.2375], abs=0.02)


def test_the_nearest_point_of_a_triangle_is_found_inside_on_edges_and_at_corners():
    x = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.0]])
    points = np.array([[0.2, 0.3, 2], [0.5, -1, 0], [2, -0.1, 0], [1, 1, 0], [-1, -1, 0], [-1, 0.5, 1]])
    expected = [[0.2, 0.3, 0], [0.5, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 0, 0], [0, 0.5, 0]]
    which, weights = nearest_triangles(points, x, np.array([[0, 1, 2]]))
    assert np.all(which == 0)
    assert np.allclose(weights @ x, expected)


def test_points_find_their_tetrahedron_and_their_place_in_it():
    mesh = block(jitter=1e-3)
    points = np.random.default_rng(0).uniform([0.001] * 3, [0.039, 0.029, 0.029], size=(50, 3))
    tet, weights = containing_tets(points, mesh.nodes, mesh.tets)
    assert np.all(tet >= 0)
    assert np.allclose(np.einsum("pk,pkc->pc", weights, mesh.nodes[mesh.tets[tet]]), points)
    assert containing_tets(points + 1.0, mesh.nodes, mesh.tets)[0].tolist() == [-1] * 50


def test_outside_triangles_face_out():
    mesh = block()
    surface = outside(mesh)
    away = mesh.nodes[surface].mean(axis=1) - mesh.nodes.mean(axis=0)
    assert np.all(np.sum(triangle_normals(mesh.nodes, surface) * away, axis=1) > 0)
