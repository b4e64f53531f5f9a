"""The web application: the phone page and all that it loads, the trust page, the two ways in."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from string import Template

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from capture.capture_error import CaptureError
from capture.certificates import ServerCertificates
from capture.page_headers import PageHeaders
from capture.phone_hub import PhoneHub
from capture.phone_post import serve_post
from capture.phone_socket import serve_socket

PAGE = Path(__file__).parent / "page"
_MEDIAPIPE = "node_modules/@mediapipe/tasks-vision"
_PAGE_SUFFIXES = (".css", ".js", ".svg", ".png")

# The machine's own table may lack these, and a module of the wrong type is not run.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/wasm", ".wasm")


class MissingPageError(CaptureError):
    """The page's own parts are not installed."""


def phone_app(
    hub: PhoneHub, certificates: ServerCertificates, model_path: Path, page: Path = PAGE
) -> ASGIApp:
    """The application for one hub. Raises MissingPageError without the page's MediaPipe."""
    mediapipe = page / _MEDIAPIPE
    if not (mediapipe / "vision_bundle.mjs").exists():
        raise MissingPageError(
            f"the phone page's tracker is missing: expected {mediapipe}; "
            f"install it with `npm ci --prefix {page}` (`make demo` does)"
        )
    app = Starlette(
        routes=[
            Route("/", _file(page / "index.html")),
            Route("/trust", _trust_page(page / "trust.html", certificates)),
            Route("/trust/softdeca.crt", _authority(certificates)),
            Route("/model/face_landmarker.task", _file(model_path, "application/octet-stream")),
            Mount("/mediapipe", StaticFiles(directory=mediapipe)),
            Route("/post", _post(hub), methods=["POST"]),
            WebSocketRoute("/socket", _socket(hub)),
            *(Route(f"/{file.name}", _file(file)) for file in sorted(page.iterdir()) if _is_part(file)),
        ]
    )
    return PageHeaders(app)


def _is_part(file: Path) -> bool:
    return file.suffix in _PAGE_SUFFIXES


def _file(path: Path, media_type: str | None = None):
    async def serve(_: Request) -> Response:
        return FileResponse(path, media_type=media_type)

    return serve


def _trust_page(template: Path, certificates: ServerCertificates):
    async def serve(_: Request) -> Response:
        page = Template(template.read_text(encoding="utf-8"))
        breakable = certificates.authority_fingerprint().replace(":", ":<wbr>")
        return HTMLResponse(page.substitute(fingerprint_html=breakable))

    return serve


def _authority(certificates: ServerCertificates):
    async def serve(_: Request) -> Response:
        return Response(
            certificates.authority_der(),
            media_type="application/x-x509-ca-cert",
            headers={"Content-Disposition": 'attachment; filename="softdeca.crt"'},
        )

    return serve


def _post(hub: PhoneHub):
    async def serve(request: Request) -> Response:
        return await serve_post(request, hub)

    return serve


def _socket(hub: PhoneHub):
    async def serve(socket: WebSocket) -> None:
        await serve_socket(socket, hub)

    return serve
