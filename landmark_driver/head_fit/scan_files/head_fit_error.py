"""The error of scans and pictures that come from outside."""

from capture.softdeca_error import SoftdecaError


class HeadFitError(SoftdecaError):
    """A scan or picture that cannot become a character."""
