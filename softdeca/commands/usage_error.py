"""The error of arguments that contradict each other."""


class UsageError(Exception):
    """Arguments that do not go together."""
