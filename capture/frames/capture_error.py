"""The errors of cameras, files, phones and packets; `capture/softdeca_error.py` draws them."""

from capture.softdeca_error import SoftdecaError


class CaptureError(SoftdecaError):
    """A camera, file, phone or port outside that does not fit."""


class PacketError(CaptureError):
    """Bytes or a message that break docs/packet.md."""


class TakeError(CaptureError):
    """A take that cannot be read or written."""


class SourceError(CaptureError):
    """A camera or video that cannot be opened or read."""


class TrackingModelError(CaptureError):
    """The face landmarker model is missing or not the pinned one."""


class PairingError(CaptureError):
    """A phone that may not connect."""


class PortInUseError(CaptureError):
    """Another program has the port."""
