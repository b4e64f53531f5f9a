"""Sliders for what the head is made of and what pulls at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import viser

from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.tissue.tissue_setting import BONES, NAMES, REGION_NAMES, TissueSetting

_G_M_S2 = 9.81


@dataclass(frozen=True)
class _Slider:
    label: str
    low: float
    high: float
    step: float
    shown: Callable[[TissueSetting], float]
    values: Callable[[float], dict[str, float]]
    """What `TissueSetting.with_values` takes."""


def _of_side(parameter: str, side: str) -> Callable[[TissueSetting], float]:
    rows = [index for index, name in enumerate(REGION_NAMES) if name.endswith(side)]
    return lambda setting: float(setting.regions[rows, NAMES.index(parameter)].mean())


def _paralysis(side: str) -> _Slider:
    regions = [f"{name}.strength" for name in REGION_NAMES if name.endswith(side)]
    strength = _of_side("strength", side)
    return _Slider(
        f"paralysis {side}",
        0.0,
        1.0,
        0.05,
        lambda setting: 1 - min(strength(setting), 1.0),
        lambda value: dict.fromkeys(regions, 1 - value),
    )


_SLIDERS = (
    _Slider("fat", 0.6, 1.6, 0.05, _of_side("volume", ""), lambda v: {"all.volume": v}),
    _Slider("stiffness", 0.2, 5.0, 0.1, _of_side("stiffness", ""), lambda v: {"all.stiffness": v}),
    _paralysis("left"),
    _paralysis("right"),
    _Slider(
        "mandible",
        0.85,
        1.15,
        0.01,
        lambda setting: float(setting.bones[BONES.index("mandible")]),
        lambda v: {"mandible.scale": v},
    ),
)


class TissueSliders:
    """A folder of sliders; those that were never moved leave the character's own tissue as it is."""

    def __init__(self, gui: viser.GuiApi, tissue: TissueControl):
        self._tissue = tissue
        shown = tissue.shown
        with gui.add_folder("Tissue"):
            self.gravity = gui.add_slider("gravity (g)", -2.0, 2.0, 0.1, float(-shown.gravity[1] / _G_M_S2))
            self.sliders = {
                one.label: gui.add_slider(
                    one.label,
                    one.low,
                    one.high,
                    one.step,
                    float(np.clip(one.shown(shown), one.low, one.high)),
                )
                for one in _SLIDERS
            }
        self._moved: dict[str, float] = {}
        for one in _SLIDERS:
            self.sliders[one.label].on_update(lambda _, one=one: self._take(one))
        self.gravity.on_update(lambda _: self._request())

    def _take(self, slider: _Slider) -> None:
        self._moved |= slider.values(self.sliders[slider.label].value)
        self._request()

    def _request(self) -> None:
        sideways = self._tissue.shown.gravity
        pull = (float(sideways[0]), -_G_M_S2 * self.gravity.value, float(sideways[2]))
        self._tissue.request(self._moved, pull)
