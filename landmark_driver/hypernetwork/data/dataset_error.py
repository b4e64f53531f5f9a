"""The error of a dataset that cannot be used or made."""


class DatasetError(Exception):
    """What was expected, what was got, what to do."""
