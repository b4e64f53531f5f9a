"""The errors of the bench; `capture/softdeca_error.py` draws them."""

from capture.softdeca_error import SoftdecaError


class BenchError(SoftdecaError):
    """A measurement that cannot be made."""


class ReportError(BenchError):
    """A file that is no report, or two that cannot be compared."""


class BudgetError(BenchError):
    """A budget that is no time."""


class DeviceError(BenchError):
    """A handset that cannot be measured."""


class ToolError(DeviceError):
    """A program that is missing, or whose answer cannot be read."""


class BrowserError(BenchError):
    """A browser that is missing, or a page that gave no result."""
