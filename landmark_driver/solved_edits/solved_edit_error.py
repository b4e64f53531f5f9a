"""The error of an edit that cannot be solved."""

from capture.softdeca_error import SoftdecaError


class SolvedEditError(SoftdecaError):
    """An edit under which the head has no equilibrium at rest."""
