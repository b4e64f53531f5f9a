"""The web application: the phone page and all that it loads, the puppet, the trust page, the two ways in."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from capture.frames.capture_error import CaptureError
from capture.phone.certificates import ServerCertificates
from capture.phone.offline_page import SCRIPT, service_worker
from capture.phone.page_headers import PageHeaders
from capture.phone.page_packages import FOLDER, LIBRARIES, PACKAGES, is_installed, litert_files, litert_routes
from capture.phone.phone_hub import PhoneHub
from capture.phone.phone_model import PhoneModel, serve_model
from capture.phone.phone_post import serve_post
from capture.phone.phone_puppet import PuppetFile, serve_puppet
from capture.phone.phone_socket import serve_socket

PAGE = Path(__file__).parents[1] / "page"
_MODEL = "/model/face_landmarker.task"
_PAGE_SUFFIXES = (".css", ".js", ".svg", ".png", ".webmanifest")

# The machine's own table may lack these, and a module of the wrong type is not run.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/wasm", ".wasm")
mimetypes.add_type("application/manifest+json", ".webmanifest")


class MissingPageError(CaptureError):
    """The page's own parts are not installed."""


def phone_app(
    hub: PhoneHub,
    certificates: ServerCertificates,
    model_path: Path,
    puppet: Callable[[], bytes | None] = lambda: None,
    model: PhoneModel = lambda: None,
    page: Path = PAGE,
) -> ASGIApp:
    """Return the web application for one hub.

    Args:
        hub: receives the phones' messages and packets.
        certificates: shown on the trust page.
        model_path: MediaPipe's face landmarker.
        puppet: makes the file for phones that drive alone; it returns None for a head without one.
        model: a faster network for such phones; it is served only where LiteRT.js is installed.
        page: the folder of the phone page.

    Returns:
        An ASGI application.

    Raises:
        MissingPageError: where the page's packages are not installed.
    """
    _check_libraries(page)
    files = _page_files(page, model_path)
    litert = page / FOLDER
    if is_installed(litert):
        files |= litert_files(litert)
    app = Starlette(
        routes=[
            Route("/", _file(page / "index.html")),
            Route(f"/{SCRIPT}", _service_worker(page / SCRIPT, files)),
            Route("/puppet.safetensors", _puppet(hub, PuppetFile(puppet))),
            Route("/puppet.tflite", _model(hub, model if is_installed(litert) else lambda: None)),
            Route("/trust", _trust_page(page / "trust.html", certificates)),
            Route("/trust/softdeca.crt", _authority(certificates)),
            Route(_MODEL, _file(model_path, "application/octet-stream")),
            *(Mount(at, StaticFiles(directory=page / folder)) for at, (folder, _) in LIBRARIES.items()),
            *(litert_routes(litert) if is_installed(litert) else ()),
            Route("/post", _post(hub), methods=["POST"]),
            WebSocketRoute("/socket", _socket(hub)),
            *(Route(at, _file(file)) for at, file in _parts(page).items()),
        ]
    )
    return PageHeaders(app)


def _check_libraries(page: Path) -> None:
    for folder, (needed, *_) in LIBRARIES.values():
        if not (page / folder / needed).exists():
            raise MissingPageError(
                f"Expected a package of the phone page at '{page / folder}', got none. "
                f"Install it with `npm ci --prefix {page}` (`make demo` does)."
            )


def _parts(page: Path) -> dict[str, Path]:
    """Return the page's own files by address, which is their path in the page's folder."""
    return {f"/{file.relative_to(page).as_posix()}": file for file in _own_files(page)}


def _own_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name != PACKAGES:
            yield from _own_files(entry)
        elif entry.suffix in _PAGE_SUFFIXES:
            yield entry


def _page_files(page: Path, model_path: Path) -> dict[str, Path]:
    """Return every file that the page needs besides the puppet, by address."""
    return {
        "/": page / "index.html",
        _MODEL: model_path,
        **{at: file for at, file in _parts(page).items() if at != f"/{SCRIPT}"},
        **{
            f"{at}/{name}": page / folder / name
            for at, (folder, names) in LIBRARIES.items()
            for name in names
        },
    }


def _service_worker(script: Path, files: dict[str, Path]):
    def serve(_: Request) -> Response:
        return Response(service_worker(script, files), media_type="text/javascript")

    return serve


def _puppet(hub: PhoneHub, puppet: PuppetFile):
    async def serve(request: Request) -> Response:
        return await serve_puppet(request, hub.pairing, puppet)

    return serve


def _model(hub: PhoneHub, model: PhoneModel):
    async def serve(request: Request) -> Response:
        return await serve_model(request, hub.pairing, model)

    return serve


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
