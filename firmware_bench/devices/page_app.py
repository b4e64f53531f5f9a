"""The bench's web application: its page, the files that the page measures, and the one result that comes back.

The code in the address is exchanged for a session. The network, the picture and the result need the session; the page,
its libraries and the tracking model do not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capture.phone.page_headers import PageHeaders
from capture.phone.page_packages import litert_routes
from capture.phone.pairing import Pairing, RefusedError
from capture.phone.phone_app import PAGE as PHONE_PAGE

PAGE = Path(__file__).parents[1] / "page"
_PHONE_MODULES = ("browser", "frames", "puppet")
"""Folders of the phone's page whose modules this page runs, under the paths that they have in the repository."""
MAX_RESULT_BYTES = 32 * 2**20


@dataclass(frozen=True)
class PageContent:
    """The files and the settings that the page receives."""

    network: bytes
    """The compiled frame with its example (`example_frame.py`)."""
    face_png: bytes | None
    mediapipe: Path | None
    """The folder of @mediapipe/tasks-vision, None where it is not installed."""
    tracking_model: Path | None
    seconds: float
    litert: Path | None = None
    """The folder of @litertjs, None where it is not installed."""
    tflite: bytes | None = None
    """The exported network for it."""
    delegate: str = "GPU"


def page_app(content: PageContent, pairing: Pairing, deliver: Callable[[Any], None]) -> ASGIApp:
    """Return the web application of one measurement.

    Args:
        content: the files and the settings that the page receives.
        pairing: exchanges the code in the address for a session.
        deliver: receives the parsed result, unchecked, in the server's thread.

    Returns:
        The application, with the headers that isolate the page.
    """
    tracker = (
        content.face_png is not None and content.mediapipe is not None and content.tracking_model is not None
    )
    litert = content.litert if content.tflite is not None else None
    settings = {"seconds": content.seconds, "delegate": content.delegate}
    settings |= {"tracker": tracker, "litert": litert is not None}

    async def pair(request: Request) -> Response:
        body = await _json(request, 4096)
        token = body.get("token") if isinstance(body, dict) else None
        try:
            session = pairing.exchange(token if isinstance(token, str) else "")
        except RefusedError as refused:
            return PlainTextResponse(str(refused), 401)
        return JSONResponse({"session": session, **settings})

    async def network(_: Request) -> Response:
        return Response(content.network, media_type="application/octet-stream")

    async def face(_: Request) -> Response:
        return Response(content.face_png or b"", media_type="image/png")

    async def tflite(_: Request) -> Response:
        return Response(content.tflite or b"", media_type="application/octet-stream")

    async def result(request: Request) -> Response:
        body = await _json(request, MAX_RESULT_BYTES)
        if body is None:
            return PlainTextResponse("expected a result in JSON of at most 32 MB", 400)
        deliver(body)
        return Response(status_code=204)

    routes: list[BaseRoute] = [
        Route("/", _file(PAGE / "index.html")),
        *(
            Route(f"/{path.name}", _file(path))
            for path in sorted(PAGE.iterdir())
            if path.suffix in (".js", ".css")
        ),
        *(
            Route(f"/capture/page/{path.relative_to(PHONE_PAGE).as_posix()}", _file(path))
            for folder in _PHONE_MODULES
            for path in sorted((PHONE_PAGE / folder).rglob("*.js"))
        ),
        Route("/pair", pair, methods=["POST"]),
        Route("/network.bin", _paired(pairing, network)),
        Route("/face.png", _paired(pairing, face)),
        Route("/result", _paired(pairing, result), methods=["POST"]),
    ]
    if litert is not None:
        routes += litert_routes(litert)
        routes.append(Route("/network.tflite", _paired(pairing, tflite)))
    if tracker:
        assert content.mediapipe is not None and content.tracking_model is not None
        routes.append(Mount("/mediapipe", StaticFiles(directory=content.mediapipe)))
        routes.append(Route("/model/face_landmarker.task", _file(content.tracking_model)))
    return PageHeaders(_Isolated(Starlette(routes=routes)))


class _Isolated:
    """Middleware that cuts the page off from other sites: it then has browsers' finest clock and shared memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cross-Origin-Embedder-Policy"] = "require-corp"
            await send(message)

        await self._app(scope, receive, send_with_header)


def _file(path: Path):
    async def serve(_: Request) -> Response:
        return FileResponse(path)

    return serve


def _paired(pairing: Pairing, serve):
    async def serve_if_paired(request: Request) -> Response:
        scheme, _, session = request.headers.get("authorization", "").partition(" ")
        try:
            pairing.check_session(session if scheme.lower() == "bearer" else "")
        except RefusedError as refused:
            return PlainTextResponse(str(refused), 401)
        return await serve(request)

    return serve_if_paired


async def _json(request: Request, most_bytes: int) -> Any:
    """Return the parsed body, None where it is too large or no JSON."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    try:
        return json.loads(bytes(body))
    except ValueError:
        return None
