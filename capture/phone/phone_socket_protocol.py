"""uvicorn's websocket protocol, able to end while a phone is just closing."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState


class PhoneSocketProtocol(WebSocketsSansIOProtocol):
    """In the moment between a phone's close and the end of its connection, uvicorn's own `shutdown`
    sends a second close, which is an error that would end the server's thread half-way."""

    def shutdown(self) -> None:
        try:
            super().shutdown()
        except InvalidState:
            self.transport.close()
