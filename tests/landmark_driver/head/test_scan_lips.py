"""The lips of a bound scan: a slit is closed, and lips that were scanned parted stay so. The default head is the scan."""

import numpy as np
import pytest
import scipy.sparse as sparse

from landmark_driver.character import Character
from landmark_driver.head.identity_model import PARTS
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.head.scan_lips import closing_motion
from landmark_driver.network.lip_stages import seal_of


class _Scan:
    def __init__(self, character: Character):
        head = character.head
        self.head = head.neutral_vertices.astype(float)
        self.faces = head.faces[head.face_part == PARTS.index("skin")]
        seal = seal_of(character.mesh_driver("weights").head_driver.program)  # pyright: ignore[reportAttributeAccessIssue]
        assert seal is not None
        self.seal: LipSeal = seal
        self.same = sparse.csr_matrix(sparse.identity(len(self.head)))

    def opened(self, by_m: float) -> np.ndarray:
        moved = self.head.copy()
        moved[self.seal.moving, 1] += self.seal.share * by_m
        return moved

    def closing_m(self, vertices: np.ndarray) -> np.ndarray:
        """Return the upward motion between the lips, at the vertices of the seal."""
        motion = closing_motion(self.seal, self.head, vertices, self.faces, self.same)
        assert not motion[:, [0, 2]].any()
        return np.divide(motion[self.seal.moving, 1], self.seal.share)


@pytest.fixture(scope="module")
def scan() -> _Scan:
    return _Scan(Character.load("default"))


def test_a_wider_slit_is_closed_by_so_much_more(scan: _Scan) -> None:
    little, more = (scan.closing_m(scan.opened(by)) for by in (0.0005, 0.0015))
    assert abs(np.median(more - little) + 0.001) < 2e-4
    assert (little <= 0).all()


def test_lips_that_touch_stay_as_they_are(scan: _Scan) -> None:
    closed = scan.opened(0.0005) + closing_motion(
        scan.seal, scan.head, scan.opened(0.0005), scan.faces, scan.same
    )
    assert np.median(np.abs(scan.closing_m(closed))) < 1e-4
    assert not scan.closing_m(scan.opened(-0.004)).any()


def test_lips_that_were_scanned_parted_stay_parted(scan: _Scan) -> None:
    assert not scan.closing_m(scan.opened(0.006)).any()


def test_a_scan_without_a_mouth_is_left_alone(scan: _Scan) -> None:
    none = closing_motion(scan.seal, scan.head, scan.head, scan.faces, sparse.csr_matrix(scan.same.shape))
    assert not none.any()
