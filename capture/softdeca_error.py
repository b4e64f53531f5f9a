"""The root of all named errors."""


class SoftdecaError(Exception):
    """Bad input or a surrounding that does not fit; the command line prints its message and exits with status 2."""
