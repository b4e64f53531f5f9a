"""Named errors of the bench.

    BenchError
    ├── ReportError         a file that is not a report, or two that cannot be compared
    ├── BudgetError         a budget that is not a time
    ├── DeviceError         a handset that cannot be measured
    │   └── ToolError       a program that is needed and is missing, or says what nobody understands
    └── BrowserError        a browser that is missing, or a page that gave no result

Every message says what was expected, what was got, and what to do.
"""


class BenchError(Exception):
    """The command line prints its message and exits with status 2."""


class ReportError(BenchError):
    pass


class BudgetError(BenchError):
    pass


class DeviceError(BenchError):
    pass


class ToolError(DeviceError):
    pass


class BrowserError(BenchError):
    pass
