"""The name, version and place of the description in a model file; readers need no PyTorch."""

from __future__ import annotations

FORMAT, FORMAT_VERSION = "softdeca-model", 1
KEY = "softdeca"
"""The key of the document in formats that have a table of strings."""
