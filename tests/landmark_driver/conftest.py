"""What the tests of heads share: the default character, the default head, and the identity model where it can be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.anny_identities import AnnyIdentities, load_anny_identities
from softdeca.cli import main
from tests.landmark_driver.default_head import default_head

if TYPE_CHECKING:
    from landmark_driver.layers.layered_head import LayeredHead


@pytest.fixture(scope="session")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="session")
def identities() -> AnnyIdentities:
    return load_anny_identities()


@pytest.fixture(scope="session")
def head_and_expressions() -> tuple[IdentityHead, np.ndarray]:
    return default_head()


@pytest.fixture(scope="session")
def layered() -> LayeredHead:
    from tests.landmark_driver.layers.layered import layered_default

    return layered_default()


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The words of a refusal: one or two lines on standard error, status 2."""

    def words(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        captured = capsys.readouterr()
        lines = captured.err.strip().splitlines()
        assert end.value.code == 2, captured.err
        assert captured.out == "" and 1 <= len(lines) <= 2, captured.err
        assert lines[0].startswith("softdeca: ")
        return captured.err.removeprefix("softdeca: ").strip()

    return words
