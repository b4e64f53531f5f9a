"""The error of a dataset that cannot be used or made."""

from capture.softdeca_error import SoftdecaError


class DatasetError(SoftdecaError):
    """A dataset that cannot be used or made."""
