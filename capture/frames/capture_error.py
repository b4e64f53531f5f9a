"""Named errors for what comes from outside: cameras, files, phones, packets.

    CaptureError
    ├── PacketError             bytes that are not a valid frame
    ├── TakeError               a take that cannot be read or written
    ├── SourceError             a camera or video that cannot be opened or read
    ├── TrackingModelError      the face landmarker model is missing or not the pinned one
    ├── PairingError            a wrong, used or missing token or session key
    └── PortInUseError          another program has the port

Every message says what was expected, what was got, and what to do.
"""


class CaptureError(Exception):
    """Bad input from outside; the command line prints its message and exits with status 2."""


class PacketError(CaptureError):
    pass


class TakeError(CaptureError):
    pass


class SourceError(CaptureError):
    pass


class TrackingModelError(CaptureError):
    pass


class PairingError(CaptureError):
    pass


class PortInUseError(CaptureError):
    pass
