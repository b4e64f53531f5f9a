"""The error of arguments that contradict each other."""

from capture.softdeca_error import SoftdecaError


class UsageError(SoftdecaError):
    """Arguments that contradict each other."""
