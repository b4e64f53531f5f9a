"""MediaPipe's model for tests: found or fetched once per machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from capture.tracking.tracking_model import TrackingModelError, find_tracking_model


def tracking_model_or_skip() -> Path:
    try:
        return find_tracking_model()
    except TrackingModelError as error:
        pytest.skip(str(error))
