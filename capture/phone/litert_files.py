"""LiteRT.js as published, served so that a browser without a bundler loads it."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FOLDER = "node_modules/@litertjs"
"""The folder of LiteRT.js as npm puts it, in the page's folder."""
_HELPER = "@litertjs/wasm-utils"
_COMPAT = "litert_wasm_compat_internal"


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
    return {
        "/litert/core.js": litert / "core/dist/index.js",
        "/litert/utils.js": litert / "wasm-utils/dist/index.js",
        **{f"/litert/wasm/{_COMPAT}.{end}": litert / f"core/wasm/{_COMPAT}.{end}" for end in ("js", "wasm")},
    }


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
