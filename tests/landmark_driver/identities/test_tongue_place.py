"""The tongue rests behind the lower crowns on any head, goes with the mandible, and comes out where the artwork has it."""

from __future__ import annotations

import igl
import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.dress.teeth import USUAL_TEETH, load_teeth
from landmark_driver.geometry.similarity import Similarity
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.identities.tongue_place import (
    mandible_motion,
    teeth_place_in,
    tongue_of,
    with_resting_tongue,
)

TEETH = load_teeth(USUAL_TEETH)
JAW_OPEN, TONGUE_OUT = (ARKIT_NAMES.index(name) for name in ("jawOpen", "tongueOut"))


def lower_crowns(head: IdentityHead) -> np.ndarray:
    return teeth_place_in(head.topology, head.vertices)(TEETH.vertices[TEETH.lower_crowns].astype(float))


def tongue(head: IdentityHead) -> np.ndarray:
    return head.vertices[head.topology.vertices_of("tongue")]


@pytest.fixture(scope="module", params=[None, 2])
def head(request, identities) -> IdentityHead:
    return (
        identities.mean()
        if request.param is None
        else identities.sample(np.random.default_rng(request.param))
    )


def test_it_lies_under_the_edges_of_the_lower_crowns_and_behind_them(head):
    own, crowns = tongue(head), lower_crowns(head)
    incisors = crowns[np.abs(crowns[:, 0] - crowns[:, 0].mean()) < 0.006]
    under = incisors[:, 1].max() - own[own[:, 2] > own[:, 2].max() - 0.03, 1].max()
    assert 0.0025 < under < 0.0055
    assert own[:, 2].max() < incisors[:, 2].min()
    assert np.ptp(own[:, 0]) < np.ptp(crowns[:, 0]) - 0.012


def test_it_cuts_no_crown_and_no_tissue(head):
    topology = head.topology
    faces = topology.faces_of("tongue").astype(np.int64)
    inside = np.asarray(igl.winding_number(head.vertices, faces, lower_crowns(head)))
    assert (np.abs(inside) < 0.5).all()
    tissue = topology.faces_of("skin", "mouth_cavity", "eye_cavity_left", "eye_cavity_right").astype(np.int64)
    assert (np.asarray(igl.winding_number(head.vertices, tissue, tongue(head))) < 0.5).all()


def test_the_mandible_carries_it(identities, head):
    rows = head.topology.vertices_of("tongue")
    shape = expression_transfer(identities)(head)[JAW_OPEN]
    motion = mandible_motion(head.topology, head.vertices, shape)
    beyond = np.linalg.norm(shape[rows] - (motion(tongue(head)) - tongue(head)), axis=1)
    assert beyond.max() < 0.0035, "the artwork adds 2.3 mm on the default head"
    assert np.linalg.norm(shape[rows], axis=1).max() > 0.015


def test_out_it_is_where_the_artwork_has_it(identities):
    head = identities.template()
    rows = head.topology.vertices_of("tongue")
    out = tongue(head) + identities.template_expressions()[TONGUE_OUT, rows]
    lips = head.vertices[head.topology.lip_loop]
    assert out[:, 2].max() > lips[:, 2].max() + 0.004
    assert tongue(head)[:, 2].max() < lips[:, 2].max() - 0.01


def test_laying_it_twice_changes_nothing(identities, head):
    again = with_resting_tongue(head.topology, head.vertices, tongue_of(identities.template()))
    assert np.abs(again - head.vertices).max() < 1e-9


def test_the_motion_of_a_mandible_is_rigid(identities):
    head, shape = identities.template(), identities.template_expressions()[JAW_OPEN]
    motion = mandible_motion(head.topology, head.vertices, shape)
    assert isinstance(motion, Similarity) and motion.scale == 1.0
    assert np.allclose(motion.rotation @ motion.rotation.T, np.eye(3))
