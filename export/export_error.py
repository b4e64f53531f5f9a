"""The errors of the exporters; `capture/softdeca_error.py` draws them."""

from capture.softdeca_error import SoftdecaError


class ExportError(SoftdecaError):
    """A character that cannot be exported in the requested way, such as to a format without its package."""


class UnreadableModelError(ExportError):
    """A model file that is cut short, damaged, or no model at all."""


class MismatchedModelError(ExportError):
    """A model of another kind or version, or one whose graph differs from its description."""


class UnknownOperatorError(ExportError):
    """A Core ML program with an operator that nothing evaluates where there is no Mac."""


class ParityError(SoftdecaError):
    """A model that does not compute the vertices of the character's own driver; no file is left."""

    exit_status = 1
