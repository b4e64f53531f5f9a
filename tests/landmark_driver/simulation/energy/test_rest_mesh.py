"""A rest mesh that cannot be simulated is refused, by name."""

import numpy as np
import pytest

from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.energy.simulation_error import RestMeshError
from tests.landmark_driver.simulation.block import block


def parts():
    mesh = block()
    return {"nodes": mesh.nodes.copy(), "tets": mesh.tets.copy(), "tissue": mesh.tissue, "bone": mesh.bone}


def refused(**changes):
    with pytest.raises(RestMeshError) as caught:
        RestMesh(**(parts() | changes))
    return str(caught.value)


def test_volumes_of_a_block_sum_to_the_box():
    assert block().volumes.sum() == pytest.approx(0.04 * 0.03 * 0.03)


def test_shape_gradients_of_a_linear_field_are_its_slope():
    mesh, slope = block(jitter=1e-3), np.array([[1.0, 2, 3], [0, -1, 4], [2, 0, 1]])
    field = mesh.nodes @ slope.T
    found = np.einsum("kai,kaj->kij", field[mesh.tets], mesh.shape_gradients)
    assert np.abs(found - slope).max() < 1e-10


def test_a_nan_node_is_named():
    nodes = parts()["nodes"]
    nodes[7, 1] = np.nan
    assert refused(nodes=nodes) == "Expected finite nodes, got NaN or infinity at nodes [7]. Repair them."


def test_an_inverted_tetrahedron_is_named():
    tets = parts()["tets"]
    tets[5] = tets[5][[0, 2, 1, 3]]
    assert "Expected tetrahedra of positive volume, got 1 inverted or flat at rest (first [5])" in refused(
        tets=tets
    )


def test_an_index_beyond_the_nodes_is_named():
    tets = parts()["tets"]
    tets[0, 0] = 80
    assert (
        refused(tets=tets)
        == "Expected node indices from 0 to 79 in at least one tetrahedron, got others. Check the tetrahedra."
    )


def test_a_node_without_a_tetrahedron_is_named():
    nodes = np.vstack([parts()["nodes"], [[1.0, 1, 1]]])
    message = refused(nodes=nodes, bone=np.zeros(len(nodes)))
    assert message == "Expected every node in a tetrahedron, got 1 without. Remove them."


def test_a_label_that_means_nothing_is_named():
    assert (
        refused(tissue=np.full(len(parts()["tets"]), 3))
        == "Expected tissue labels among (0, 1), got [3]. Use these."
    )


def test_a_wrong_shape_is_named():
    assert refused(bone=np.zeros(3)) == "Expected bone of shape (80,), got (3,). Give one row for each."
