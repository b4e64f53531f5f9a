"""The error of a tissue setting that does not exist or cannot be simulated."""

from __future__ import annotations

from capture.softdeca_error import SoftdecaError


class TissueSettingError(SoftdecaError):
    """A material, gravity or bone setting that does not exist or is out of range."""
