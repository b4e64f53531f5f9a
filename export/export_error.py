"""Named errors of the exporters.

    ExportError                     something that cannot be exported as asked, such as a format without its package
    ├── UnreadableModelError        a model file that is cut short, damaged, or none
    ├── MismatchedModelError        a model that is not what its description, or this version, says
    └── UnknownOperatorError        a Core ML program with an operator that only a Mac can evaluate
    ParityError                     a model that does not compute what the character's own driver computes

Every message says what was expected, what was got, and what to do.
"""


class ExportError(Exception):
    """The command line prints its message and exits with status 2."""


class UnreadableModelError(ExportError):
    """Cut short, damaged, or no model at all."""


class MismatchedModelError(ExportError):
    """Of another kind or version, or one whose graph differs from its description."""


class UnknownOperatorError(ExportError):
    """Nothing evaluates it where there is no Mac."""


class ParityError(Exception):
    """The command line prints its message and exits with status 1; no file is left."""
