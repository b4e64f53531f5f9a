"""Named errors of the exporters.

    ExportError     something that cannot be exported as asked, such as a format whose package is missing

Every message says what was expected, what was got, and what to do.
"""


class ExportError(Exception):
    """The command line prints its message and exits with status 2."""
