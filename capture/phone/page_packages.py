"""The files of the npm packages that the phone page loads, and LiteRT.js served so that a browser loads it without a bundler."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

PACKAGES = "node_modules"
"""The folder of the packages as npm puts them, in the page's folder."""

LIBRARIES = {
    "/mediapipe": (
        f"{PACKAGES}/@mediapipe/tasks-vision",
        ("vision_bundle.mjs", "wasm/vision_wasm_internal.js", "wasm/vision_wasm_internal.wasm"),
    ),
    "/three": (f"{PACKAGES}/three/build", ("three.module.js", "three.core.js")),
}
"""The folders of the packages by address, and the files in them that the page loads."""

FOLDER = f"{PACKAGES}/@litertjs"
"""The folder of LiteRT.js as npm puts it, in the page's folder."""
_HELPER = "@litertjs/wasm-utils"
_COMPAT = "litert_wasm_compat_internal"
LITERT_FILES = {
    "/litert/core.js": "core/dist/index.js",
    "/litert/utils.js": "wasm-utils/dist/index.js",
    **{f"/litert/wasm/{_COMPAT}.{end}": f"core/wasm/{_COMPAT}.{end}" for end in ("js", "wasm")},
}
"""The files that the phone page loads, by address, relative to `FOLDER`: the build that every browser runs."""


PACKAGE_FILES = (
    *(f"{folder}/{name}" for folder, names in LIBRARIES.values() for name in names),
    *(f"{FOLDER}/{name}" for name in LITERT_FILES.values()),
)
"""Every such file, relative to the page's folder."""


def is_installed(litert: Path) -> bool:
    """Return whether LiteRT.js is installed.

    Args:
        litert: the folder `FOLDER` of the page.

    Returns:
        True where its core is there.
    """
    return (litert / "core/dist/index.js").exists()


def litert_files(litert: Path) -> dict[str, Path]:
    """Return the files of LiteRT.js that the phone page loads: the build that every browser runs.

    Args:
        litert: the folder `FOLDER` of the page.

    Returns:
        The files by address.
    """
    return {at: litert / name for at, name in LITERT_FILES.items()}


def litert_routes(litert: Path) -> list[BaseRoute]:
    """Return the routes that serve LiteRT.js.

    Args:
        litert: the folder `FOLDER` of the page.

    Returns:
        Routes below `/litert`.

    The core names its helper as only a bundler understands: here that name becomes an address.
    """
    core = (litert / "core/dist/index.js").read_text(encoding="utf-8")
    core = core.replace(f'"{_HELPER}"', '"/litert/utils.js"')

    async def serve_core(_: Request) -> Response:
        return Response(core, media_type="text/javascript")

    async def serve_helper(_: Request) -> Response:
        return FileResponse(litert / "wasm-utils/dist/index.js")

    return [
        Route("/litert/core.js", serve_core),
        Route("/litert/utils.js", serve_helper),
        Mount("/litert/wasm", StaticFiles(directory=litert / "core/wasm")),
    ]
