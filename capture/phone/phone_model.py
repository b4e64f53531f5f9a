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
"""Returns the path where the model lies, or will lie once it is made; None where there is none. The call starts
the making."""

_SECONDS_UNTIL_AGAIN = "5"


async def serve_model(request: Request, pairing: Pairing, model: PhoneModel) -> Response:
    """Return the answer to a request for the model's file.

    Args:
        request: carries the session key.
        pairing: checks the key.
        model: gives the file's path.

    Returns:
        The file for the paired phone and 401 for others; 204 where there is none, 202 while it is made. Neither is an
        error, since the page has a network of its own.
    """
    refused = refusal(request, pairing)
    if refused is not None:
        return refused
    path = await run_in_threadpool(model)
    if path is None:
        return Response(status_code=204)
    if not path.exists():
        return Response("The model is being made.", 202, {"Retry-After": _SECONDS_UNTIL_AGAIN})
    return FileResponse(path, media_type="application/octet-stream")
