"""The error of tissue that does not exist or cannot be."""

from __future__ import annotations


class TissueSettingError(ValueError):
    """A material, gravity or bone setting that does not exist or is out of range."""
