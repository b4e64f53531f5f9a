"""The HTTPS server of the bench's page, with the certificates and the pairing of the phone page, until a result is there."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from capture.phone.certificates import server_certificates
from capture.phone.listening_socket import listening_socket
from capture.phone.local_addresses import best_address, lan_addresses, local_name
from capture.phone.pairing import Pairing
from firmware_bench.devices.page_app import PageContent, page_app
from firmware_bench.measure.bench_error import BrowserError

_START_TIMEOUT_S = 20.0
_WAKE_S = 0.2
_LAST_WORDS_S = 0.05


class PageServer:
    """A `with` block in which the page can be opened. `port` 0 takes a free one."""

    def __init__(
        self,
        content: PageContent,
        *,
        config_dir: Path,
        port: int,
        host: str = "0.0.0.0",
        addresses: Sequence[str] | None = None,
    ) -> None:
        self._pairing, self._results = Pairing(), queue.SimpleQueue[Any]()
        self._addresses = tuple(lan_addresses() if addresses is None else addresses)
        self._certificates = server_certificates(config_dir / "certificates", self._addresses, [local_name()])
        self._app = page_app(content, self._pairing, self._results.put)
        self._host, self._port = host, port

    def __enter__(self) -> PageServer:
        """Start the server. Raises PortInUseError, and BrowserError where the server does not start in 20 s."""
        listener = listening_socket(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                ws="none",
                ssl_certfile=self._certificates.leaf,
                ssl_keyfile=self._certificates.leaf_key,
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(
            target=lambda: asyncio.run(_serve(self._server, listener)), name="bench-page", daemon=True
        )
        self._thread.start()
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline_s:
                raise BrowserError(
                    f"Expected the page's server to start on port {self._port}, got silence. Try another."
                )
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    @property
    def certificate(self) -> Path:
        """The certificate that the server shows."""
        return self._certificates.leaf

    @property
    def url(self) -> str:
        """The page's address with a code that works once."""
        return f"https://{best_address(self._addresses)}:{self._port}/#{self._pairing.token}"

    def wait_for_result(self, timeout_s: float, alive: Callable[[], bool] = lambda: True) -> Any:
        """Return the result that the page sent.

        Args:
            timeout_s: seconds to wait at most.
            alive: returns False once no result can come any more.

        Returns:
            The parsed JSON, unchecked.

        Raises:
            BrowserError: where no result comes in time, or `alive` returns False before.
        """
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s and alive():
            try:
                return self._results.get(timeout=_WAKE_S)
            except queue.Empty:
                continue
        raise BrowserError(
            f"Expected the page to send its result within {timeout_s:.0f} s, got none. "
            "Leave the page in front with the screen on, and try again."
        )


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until the server's `should_exit` is set.

    A phone that still holds a connection then is cut off, not waited for.
    """
    await server.serve(sockets=[listener])
    for connection in list(server.server_state.connections):
        if (transport := getattr(connection, "transport", None)) is not None:
            transport.abort()
    await asyncio.sleep(_LAST_WORDS_S)
