"""Checks of the installation: packages, extras, the phone page's files, the tracking model, the head that ships."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from capture.extras import EXTRAS, install_command
from capture.phone.page_packages import PACKAGE_FILES
from capture.softdeca_error import SoftdecaError
from softdeca.doctor.finding import Finding

PROJECT = "softdeca"


def package_versions(requirements: Iterable[str] | None = None) -> dict[str, str]:
    """Return the installed version of every package of the base install.

    Args:
        requirements: lines of the project's metadata; None for those of the installed project.

    Returns:
        Versions by package name; an empty text where a package is missing.
    """
    if requirements is None:
        requirements = metadata.requires(PROJECT) or []
    base = [line for line in requirements if "extra ==" not in line]
    names = [match.group() for line in base if (match := re.match(r"[A-Za-z0-9._-]+", line))]
    return {name: _version(name) for name in names}


def missing_modules() -> dict[str, tuple[str, ...]]:
    """Return the modules that every extra lacks here.

    Returns:
        Names of modules by extra; an extra without any is installed.
    """
    return {
        extra: tuple(module for module in _modules_of(extra) if find_spec(module) is None)
        for extra in sorted({name for names in EXTRAS.values() for name in names})
    }


def check_packages(versions: dict[str, str]) -> Finding:
    """Check that every package of the base install is there.

    Args:
        versions: from `package_versions`.

    Returns:
        The finding; a missing package is a problem.
    """
    missing = [name for name, version in versions.items() if not version]
    python = f"Python {sys.version.split()[0]}"
    if missing:
        return Finding(
            "packages",
            "problem",
            f"{python}, without {', '.join(missing)}",
            f"Install them: {sys.executable} -m pip install {' '.join(missing)}",
        )
    return Finding("packages", "ok", f"{python}, softdeca {_version(PROJECT)}, {len(versions)} packages")


def check_extras(missing: dict[str, tuple[str, ...]]) -> Finding:
    """Check which extras are installed.

    Args:
        missing: from `missing_modules`.

    Returns:
        The finding; an extra that is not installed is no more than a note.
    """
    here = [extra for extra, modules in missing.items() if not modules]
    absent = [extra for extra, modules in missing.items() if modules]
    found = f"installed: {', '.join(here) or 'none'}; not installed: {', '.join(absent) or 'none'}"
    advice = "; ".join(f"{extra}: {install_command(extra)}" for extra in absent)
    return Finding("extras", "note" if absent else "ok", found, advice)


def check_page(page: Path) -> Finding:
    """Check that the phone page's packages are there.

    Args:
        page: the folder of the phone page.

    Returns:
        The finding; a missing file is a problem.
    """
    missing = [name for name in PACKAGE_FILES if not (page / name).is_file()]
    if missing:
        found = f"{len(missing)} of {len(PACKAGE_FILES)} files of the page's packages are missing"
        return Finding("phone page", "problem", found, f"Install them: npm ci --prefix {page}")
    return Finding("phone page", "ok", "every file is there")


def check_tracking_model(find: Callable[[], Path]) -> Finding:
    """Check that MediaPipe's face landmarker is there.

    Args:
        find: returns the model's path, or raises SoftdecaError.

    Returns:
        The finding; a missing model is a problem.
    """
    try:
        return Finding("tracking model", "ok", str(find()))
    except SoftdecaError as error:
        found, _, advice = str(error).partition(". Install")
        return Finding("tracking model", "problem", found, f"Install{advice}" if advice else "")


def check_evaluator(asked: str, chosen: Callable[[], str], load: Callable[[], object]) -> Finding:
    """Check which evaluator runs the frame.

    Args:
        asked: the environment's choice; empty for none.
        chosen: returns "c" or "numpy", or raises SoftdecaError.
        load: loads the library of C, or raises SoftdecaError.

    Returns:
        The finding. NumPy is a note where C would be chosen if it could be loaded; an evaluator that is asked for and cannot run
        is a problem.
    """
    try:
        name = chosen()
    except SoftdecaError as error:
        return Finding("evaluator", "problem", *_said(error))
    if name == "c":
        return Finding("evaluator", "ok", "the frame runs in C")
    if asked == name:
        return Finding("evaluator", "ok", "the frame runs in NumPy, as the environment asks")
    try:
        load()
    except SoftdecaError as error:
        found, advice = _said(error)
        return Finding("evaluator", "note", f"the frame runs in NumPy. {found}", advice)
    return Finding("evaluator", "ok", "the frame runs in NumPy")


def _said(error: SoftdecaError) -> tuple[str, str]:
    """Return the finding and the advice of an error's two sentences."""
    found, _, advice = str(error).rpartition(". ")
    return found, advice


def check_head(drive: Callable[[], int]) -> Finding:
    """Check that the head that ships loads and moves.

    Args:
        drive: drives it by one frame and returns its number of vertices.

    Returns:
        The finding; a head that does not move is a problem.
    """
    try:
        return Finding("head", "ok", f"the head that ships moves {drive()} vertices")
    except Exception as error:  # whatever is broken here, the other checks go on
        said = f"{type(error).__name__}: {error}"
        return Finding(
            "head", "problem", f"the head that ships does not move: {said}", "Install softdeca again."
        )


def drive_default_head() -> int:
    """Drive the head that ships by one neutral frame.

    Returns:
        Its number of vertices.
    """
    import numpy as np

    from landmark_driver.character import Character

    return len(Character.load("default").driver()(np.zeros((478, 3))))


def _modules_of(extra: str) -> list[str]:
    return [module for module, extras in EXTRAS.items() if extra in extras]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
