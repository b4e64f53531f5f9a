"""The exported model for a phone that drives alone: served beside the puppet where one can be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from capture.phone.pairing import Pairing
from capture.phone.phone_puppet import refusal

PhoneModel = Callable[[], Path | None]
"""Where the model lies, or will once it is made; None where there is none. Asking starts the making."""

_SECONDS_UNTIL_AGAIN = "5"


async def serve_model(request: Request, pairing: Pairing, model: PhoneModel) -> Response:
    """The file for the phone with the session key; 401 for others; nothing (204) where there is none, and not yet (202)
    while it is made: neither is an error, since the page has a network of its own."""
    refused = refusal(request, pairing)
    if refused is not None:
        return refused
    path = await run_in_threadpool(model)
    if path is None:
        return Response(status_code=204)
    if not path.exists():
        return Response("The model is being made.", 202, {"Retry-After": _SECONDS_UNTIL_AGAIN})
    return FileResponse(path, media_type="application/octet-stream")
