"""Sliders for the tissue of the head and for gravity; their ranges are the ones on which networks were trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import viser

from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.tissue.tissue_parameters import (
    ALL_REGIONS,
    BONE_SCALE,
    BONES,
    GRAVITY,
    PARAMETERS,
    REGIONS,
    SIDES,
    STIFFNESS,
    STRENGTH,
    VOLUME,
    TissueParameter,
)
from landmark_driver.tissue.tissue_setting import TissueSetting

LARGEST_GRAVITY_G = np.floor(10 * GRAVITY.trained[1] / GRAVITY.default) / 10
"""The gravity slider ends at plus and minus this, in g: a whole number of its steps of 0.1."""


@dataclass(frozen=True)
class TissueSlider:
    """A slider and the tissue values that it stands for."""

    label: str
    lowest: float
    highest: float
    step: float
    shown: Callable[[TissueSetting], float]
    """The slider's value for a setting."""
    values: Callable[[float], dict[str, float]]
    """The names and values that `TissueSetting.with_values` takes."""


def _mean_of(parameter: TissueParameter, side: str = "") -> Callable[[TissueSetting], float]:
    rows = [index for index, name in enumerate(REGIONS) if name.endswith(side)]
    column = PARAMETERS.index(parameter)
    return lambda setting: float(setting.regions[rows, column].mean())


def _everywhere(label: str, parameter: TissueParameter, step: float) -> TissueSlider:
    name = f"{ALL_REGIONS}.{parameter.name}"
    return TissueSlider(label, *parameter.trained, step, _mean_of(parameter), lambda value: {name: value})


def _paralysis(side: str) -> TissueSlider:
    """Return the slider of the strength that muscles of one side lack."""
    names = [f"{name}.{STRENGTH.name}" for name in REGIONS if name.endswith(side)]
    strength = _mean_of(STRENGTH, side)
    return TissueSlider(
        f"paralysis {side}",
        0.0,
        STRENGTH.default - STRENGTH.trained[0],
        0.05,
        lambda setting: STRENGTH.default - min(strength(setting), STRENGTH.default),
        lambda value: dict.fromkeys(names, STRENGTH.default - value),
    )


def _bone(bone: str) -> TissueSlider:
    row, name = BONES.index(bone), f"{bone}.{BONE_SCALE.name}"
    return TissueSlider(
        bone,
        *BONE_SCALE.trained,
        0.01,
        lambda setting: float(setting.bones[row]),
        lambda value: {name: value},
    )


TISSUE_SLIDERS = (
    _everywhere("fat", VOLUME, 0.05),
    _everywhere("stiffness", STIFFNESS, 0.1),
    *(_paralysis(side) for side in SIDES),
    _bone("mandible"),
)


class TissueSliders:
    """A folder of sliders; sliders that were never moved leave the character's own tissue as it is."""

    def __init__(self, gui: viser.GuiApi, tissue: TissueControl):
        self._tissue = tissue
        shown = tissue.target
        with gui.add_folder("Tissue"):
            self.gravity = gui.add_slider(
                "gravity (g)",
                -LARGEST_GRAVITY_G,
                LARGEST_GRAVITY_G,
                0.1,
                float(-shown.gravity[1] / GRAVITY.default),
            )
            self.sliders = {
                one.label: gui.add_slider(
                    one.label,
                    one.lowest,
                    one.highest,
                    one.step,
                    float(np.clip(one.shown(shown), one.lowest, one.highest)),
                )
                for one in TISSUE_SLIDERS
            }
            self._status = gui.add_markdown("")
        self._moved: dict[str, float] = {}
        for one in TISSUE_SLIDERS:
            self.sliders[one.label].on_update(lambda _, one=one: self._take(one))
        self.gravity.on_update(lambda _: self._request())

    def refresh(self) -> None:
        """Show the newest line on the resting head."""
        if self._status.content != self._tissue.status:
            self._status.content = self._tissue.status

    def _take(self, slider: TissueSlider) -> None:
        self._moved |= slider.values(self.sliders[slider.label].value)
        self._request()

    def _request(self) -> None:
        sideways = self._tissue.target.gravity
        pull = (float(sideways[0]), -GRAVITY.default * self.gravity.value, float(sideways[2]))
        self._tissue.request(self._moved, pull)
