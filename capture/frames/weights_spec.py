"""ARKit weights as a user writes them: `jawOpen=0.7,mouthSmileLeft=1`, or a recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES, UnknownExpressionError, arkit_name
from capture.frames.arkit_csv import WeightsRecording, read_weights_csv
from capture.frames.capture_error import CaptureError


class WeightsSpecError(CaptureError):
    """Weights that cannot be read or cannot be."""


def parse_weights(spec: str | Path | Mapping[str, float]) -> WeightsRecording:
    """Return the recording in the file that `spec` names, or one frame of the weights it lists.

    Args:
        spec: path of a CSV file, `NAME=WEIGHT` pairs with commas between, or weights by name; unnamed ones are zero.

    Returns:
        (F, 52) ARKit weights in canonical order with their times; F is 1 and the time 0 s for a list.

    Raises:
        WeightsSpecError: for names that ARKit does not have, numbers that cannot be read, and values outside 0..1.
        WeightsFileError: for a file that is no recording.
    """
    if isinstance(spec, Mapping):
        spec = ",".join(f"{name}={value}" for name, value in spec.items())
    if isinstance(spec, Path) or spec.lower().endswith(".csv"):
        return read_weights_csv(Path(spec))
    return WeightsRecording(np.zeros(1), _listed(spec)[None])


def _listed(spec: str) -> Float[np.ndarray, "52"]:
    weights = np.zeros(len(ARKIT_NAMES))
    for item in filter(None, (part.strip() for part in spec.split(","))):
        name, separator, text = item.partition("=")
        try:
            index, value = ARKIT_NAMES.index(arkit_name(name.strip())), float(text)
        except UnknownExpressionError as error:
            raise WeightsSpecError(str(error)) from error
        except ValueError as error:
            raise WeightsSpecError(
                f"Expected NAME=WEIGHT, got '{item}'. Write the weights as in jawOpen=0.7,mouthSmileLeft=1."
            ) from error
        if not separator or not 0 <= value <= 1:
            raise WeightsSpecError(
                f"Expected a weight from 0 to 1, got {name.strip()}={text}. Choose one in between."
            )
        weights[index] = value
    return weights
