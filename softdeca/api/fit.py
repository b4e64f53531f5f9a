"""Characters from scans and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from landmark_driver.character import Character

Step = Callable[[str], None]


def fit_scan(scan: str | Path, *, progress: Step = lambda step: None) -> Character:
    """Fit a character to a scan, whose own vertices will move.

    Args:
        scan: path of a .obj, .ply, .stl or .glb; any unit, orientation and position.
        progress: called with the name of each step.

    Returns:
        The character, with networks. `provenance["fit"]` has its errors in millimetres and its notes.

    Raises:
        HeadFitError: for a scan that cannot be used.
    """
    from landmark_driver.head_fit.scans.fit_file import fit_file
    from landmark_driver.identities.load_identities import load_identities

    return fit_file(Path(scan), load_identities(), progress)


def fit_photos(photos: Sequence[str | Path], *, progress: Step = lambda step: None) -> Character:
    """Fit a character to one or several pictures of a person.

    Args:
        photos: paths; one from the front, more from half left and half right help.
        progress: called with the name of each step.

    Returns:
        The character in the pictures' colours, with networks. `provenance["fit"]` has the number of pictures.

    Raises:
        HeadFitError: for pictures without a face, or from too far round.
    """
    from landmark_driver.head_fit.photos.photo_file import photo_file
    from landmark_driver.identities.load_identities import load_identities

    return photo_file([Path(photo) for photo in photos], load_identities(), progress)
