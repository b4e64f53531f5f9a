"""Annotations are checked from before the first import of a package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jaxtyping import config

from tests import checked_annotations

checked_annotations.install()


@pytest.fixture
def unchecked_annotations() -> Iterator[None]:
    """No annotation is checked: for arrays of a broken file, which are refused only once they are in their dataclass."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
