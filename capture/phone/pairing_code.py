"""The phone page's address as a QR code: for a terminal, and as a picture for the viewer."""

from __future__ import annotations

import io

import segno


def qr_terminal(url: str) -> str:
    """Return a QR code for a terminal.

    Args:
        url: the address in the code.

    Returns:
        Lines of half blocks and colour codes that a dark or light terminal shows readably.
    """
    lines = io.StringIO()
    _code(url).terminal(lines, compact=True, border=2)
    return lines.getvalue()


def qr_svg(url: str) -> str:
    """Return a QR code as a picture of its own, black on white, that scales.

    Args:
        url: the address in the code.

    Returns:
        An SVG element.
    """
    picture = io.BytesIO()
    _code(url).save(picture, kind="svg", scale=4, border=3, light="white", xmldecl=False, omitsize=True)
    return picture.getvalue().decode()


def qr_png(url: str, module_px: int = 8) -> bytes:
    """Return a QR code as a PNG, black on white.

    Args:
        url: the address in the code.
        module_px: pixels a module.

    Returns:
        The PNG's bytes.
    """
    picture = io.BytesIO()
    _code(url).save(picture, kind="png", scale=module_px, border=3)
    return picture.getvalue()


def _code(url: str) -> segno.QRCode:
    # The lowest error level that still leaves the code small: it is read off a clean screen.
    return segno.make_qr(url, error="m")
