"""The puppet's file for a phone that drives it alone: made at the first request, and only for the paired phone."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from capture.phone.pairing import Pairing, RefusedError
from capture.phone.phone_messages import error

_QUICK = 1
"""gzip's level: the next ones save a hundredth and take longer than a local network does."""


class PuppetFile:
    """The result of `make`, compressed; both happen once. `make` returns None for a head without a puppet."""

    def __init__(self, make: Callable[[], bytes | None]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made = False
        self._compressed: bytes | None = None

    def compressed(self) -> bytes | None:
        """Return the puppet's file, made and compressed at the first call.

        Returns:
            The bytes in gzip; None for a head without a puppet.
        """
        with self._lock:
            if not self._made:
                plain = self._make()
                self._compressed = None if plain is None else gzip.compress(plain, _QUICK)
                self._made = True
            return self._compressed


async def serve_puppet(request: Request, pairing: Pairing, puppet: PuppetFile) -> Response:
    """Return the answer to a request for the puppet's file.

    Args:
        request: carries the session key.
        pairing: checks the key.
        puppet: gives the file.

    Returns:
        The file for the paired phone, 401 for others, 404 where there is none.

    A head may be a scan of somebody: it goes to nobody who has not seen the desktop's screen.
    """
    refused = refusal(request, pairing)
    if refused is not None:
        return refused
    compressed = await run_in_threadpool(puppet.compressed)
    if compressed is None:
        return Response("This head moves by blendshapes only: the desktop drives it.", 404)
    return Response(compressed, media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})


def refusal(request: Request, pairing: Pairing) -> Response | None:
    """Return the refusal of a request without the session key.

    Args:
        request: carries the key, as `Authorization: Bearer KEY`.
        pairing: checks the key.

    Returns:
        An answer of status 401 with the reason; None for the paired phone.
    """
    scheme, _, session = request.headers.get("authorization", "").partition(" ")
    try:
        pairing.check_session(session if scheme.lower() == "bearer" else "")
    except RefusedError as refused:
        return JSONResponse([error(refused)], 401)
    return None
