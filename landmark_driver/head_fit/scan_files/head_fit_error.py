"""What goes wrong with scans and pictures that come from outside."""

from __future__ import annotations


class HeadFitError(Exception):
    """A scan or picture that cannot become a character: what was expected, what was got, what to do."""
