"""The server that phones connect to: HTTPS in a thread of its own, frames to a callback.

Everything the page loads comes from here, so it works on a network without internet. Times are
seconds of `time.perf_counter`, this machine's monotonic clock (on Linux and macOS the same as
`time.monotonic`, on Windows far finer).
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from capture.frames.capture_error import CaptureError
from capture.frames.landmark_frame import LandmarkFrame
from capture.phone.certificates import server_certificates
from capture.phone.listening_socket import listening_socket
from capture.phone.local_addresses import best_address, lan_addresses, local_name
from capture.phone.pairing import Pairing
from capture.phone.pairing_code import qr_png, qr_svg, qr_terminal
from capture.phone.phone_app import phone_app
from capture.phone.phone_hub import PhoneHub, PhoneStatus
from capture.phone.phone_messages import DesktopStatus
from capture.phone.phone_model import PhoneModel
from capture.phone.phone_session import PhoneCounts
from capture.phone.phone_socket import MAX_SOCKET_BYTES, PhoneSocketProtocol
from capture.phone.request_log import LoggedRequest, RequestLog

DEFAULT_PORT = 8443
_WATCH_S = 0.25
_GOODBYE_S = 0.5
_START_TIMEOUT_S = 20.0


class PhoneServer:
    """The server of the phone page; it hands every frame to `deliver`, in the server's thread.

    Args:
        deliver: must return at once (a mailbox's `put`); its frames carry `capture_time_s` on this machine's clock.
        config_dir: keeps the certificates.
        model_path: MediaPipe's face landmarker.
        port: 0 takes a free one.
        host: IPv4 address to listen on; `0.0.0.0` for all of this machine's.
        addresses: IPv4 addresses in the certificate and the page's address; None for this machine's.
        on_status: is called in the server's thread when a phone comes or goes.
        puppet: makes the head for phones that drive it alone, in a thread of its own, at the first request.
        model: gives the path of the head's exported network.
    """

    def __init__(
        self,
        deliver: Callable[[LandmarkFrame], None],
        *,
        config_dir: Path,
        model_path: Path,
        port: int = DEFAULT_PORT,
        host: str = "0.0.0.0",
        addresses: Sequence[str] | None = None,
        on_status: Callable[[PhoneStatus], None] = lambda status: None,
        puppet: Callable[[], bytes | None] = lambda: None,
        model: PhoneModel = lambda: None,
    ) -> None:
        self._pairing = Pairing()
        self._hub = PhoneHub(self._pairing, deliver, on_status, time.perf_counter)
        self._addresses = tuple(lan_addresses() if addresses is None else addresses)
        self._certificates = server_certificates(config_dir / "certificates", self._addresses, [local_name()])
        self._log = RequestLog(phone_app(self._hub, self._certificates, model_path, puppet, model))
        self._host, self._port = host, port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start to listen; the method returns once phones can connect.

        Raises:
            PortInUseError: where the port cannot be had.
            CaptureError: where the server does not start within 20 s.
        """
        assert self._thread is None, "started already"
        listener = listening_socket(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._server = server = uvicorn.Server(self._config())
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener)), name="phone-server", daemon=True
        )
        self._thread.start()
        deadline_s = time.perf_counter() + _START_TIMEOUT_S
        while not server.started:
            if not self._thread.is_alive() or time.perf_counter() > deadline_s:
                raise CaptureError(
                    f"Expected the phone server to start on port {self._port}, got a failure. See the log above."
                )
            time.sleep(0.005)

    def stop(self) -> None:
        """Say goodbye to the phone and end the thread."""
        if self._thread is None or self._server is None:
            return
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._end(self._server), self._loop)
        self._thread.join()
        self._thread = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        """The page's address with a token that works once; a new token after one was used."""
        return f"{self.origin}/#{self._pairing.token}"

    @property
    def origin(self) -> str:
        return f"https://{best_address(self._addresses)}:{self._port}"

    @property
    def trust_url(self) -> str:
        """Address of the page with the authority's certificate and how to install it."""
        return f"{self.origin}/trust"

    def new_url(self) -> str:
        """Return an address with a fresh token; the one shown before stops working.

        Returns:
            The page's address.
        """
        self._pairing.new_token()
        return self.url

    def qr_terminal(self) -> str:
        """Return the page's address as a QR code for a terminal.

        Returns:
            Lines of half blocks and colour codes.
        """
        return qr_terminal(self.url)

    def qr_svg(self) -> str:
        """Return the page's address as a QR code that scales.

        Returns:
            An SVG element.
        """
        return qr_svg(self.url)

    def qr_png(self) -> bytes:
        """Return the page's address as a QR code, 8 pixels a module.

        Returns:
            The PNG's bytes.
        """
        return qr_png(self.url)

    @property
    def counts(self) -> PhoneCounts:
        return self._hub.counts

    @property
    def status(self) -> PhoneStatus:
        return self._hub.status

    @property
    def connected(self) -> bool:
        return self._hub.status.connected

    @property
    def round_trip_ms(self) -> float | None:
        """The fastest recent ping's round trip, milliseconds; half of it bounds the error of every capture time. None
        without a phone or an answered ping.
        """
        session = self._hub.current
        if session is None or not session.clock.known:
            return None
        return session.clock.round_trip_s * 1000

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The newest requests, oldest first."""
        return tuple(self._log.requests)

    def send_status(self, *, tracking: bool, calibrated: bool, recording: bool, fps: float) -> None:
        """Send the desktop's status to the phone; from any thread, and the newest one wins.

        Args:
            tracking: whether a face is tracked.
            calibrated: whether the neutral has been taken.
            recording: whether a take is being recorded.
            fps: driven frames a second.
        """
        now = DesktopStatus(tracking, calibrated, recording, fps)
        self._in_loop(lambda: self._hub.send_status(now))

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._log,
            ws=PhoneSocketProtocol,
            ws_max_size=MAX_SOCKET_BYTES,
            # Frames are floats: compressing them costs time and saves little.
            ws_per_message_deflate=False,
            ssl_certfile=self._certificates.leaf,
            ssl_keyfile=self._certificates.leaf_key,
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
        )

    async def _serve(self, listener: socket.socket) -> None:
        assert self._server is not None
        self._loop = asyncio.get_running_loop()
        watch = asyncio.create_task(self._watch())
        try:
            await self._server.serve(sockets=[listener])
        finally:
            self._loop = None
            watch.cancel()

    async def _end(self, server: uvicorn.Server) -> None:
        """Say goodbye and stop the server; a goodbye unsaid when uvicorn closes the connections would be lost."""
        self._hub.send_bye()
        deadline_s = time.perf_counter() + _GOODBYE_S
        while (phone := self._hub.current) and phone.has_waiting and time.perf_counter() < deadline_s:
            await asyncio.sleep(0.01)
        server.should_exit = True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            self._hub.drop_silent()

    def _in_loop(self, action: Callable[[], None]) -> None:
        """Do `action` in the server's thread; nothing where it has ended."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(action)
