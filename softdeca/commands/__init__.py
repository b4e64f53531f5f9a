"""One file a command: its flags as a frozen dataclass, whose `run` calls a package and returns the report.

Nothing is computed here; heavy packages are imported inside `run` alone, so that `--help` is instant.
"""
