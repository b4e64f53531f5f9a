"""One file a command: its flags as a frozen dataclass, its `run` calls one function of a package and returns the report.

Nothing is computed here; heavy packages are imported inside `run` alone, so that `--help` is instant.
"""
