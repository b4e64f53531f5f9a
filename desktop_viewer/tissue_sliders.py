"""Presets, and sliders for the tissue of the head and for gravity, over all that can be simulated.

Networks learned a part of each range. Beyond it they answer for its end, and the solved resting head carries the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import viser

from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.tissue.presets import PRESETS, TissuePreset
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

LARGEST_GRAVITY_G = 4.0
"""The gravity slider ends at plus and minus this, in g: physics has no largest one, and heads are shaken at 3 to 4 g."""
LARGEST_EXAGGERATION = 4.0
OWN_TISSUE = "the character's own"


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
    return TissueSlider(
        label, parameter.lowest, parameter.highest, step, _mean_of(parameter), lambda value: {name: value}
    )


def _doublings(label: str, parameter: TissueParameter) -> TissueSlider:
    """Return the slider of a factor by its logarithm to the base 2: -1 halves, 1 doubles."""
    name, shown = f"{ALL_REGIONS}.{parameter.name}", _mean_of(parameter)
    return TissueSlider(
        label,
        np.ceil(10 * np.log2(parameter.lowest)) / 10,
        np.floor(10 * np.log2(parameter.highest)) / 10,
        0.1,
        lambda setting: float(np.log2(shown(setting))),
        lambda value: {name: 2.0**value},
    )


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
        BONE_SCALE.lowest,
        BONE_SCALE.highest,
        0.01,
        lambda setting: float(setting.bones[row]),
        lambda value: {name: value},
    )


TISSUE_SLIDERS = (
    _everywhere("fat", VOLUME, 0.05),
    _doublings("stiffness, doublings", STIFFNESS),
    *(_paralysis(side) for side in SIDES),
    _bone("mandible"),
)


class TissueSliders:
    """A folder of sliders; sliders that were never moved leave the character's own tissue as it is."""

    def __init__(self, gui: viser.GuiApi, tissue: TissueControl):
        self._tissue = tissue
        shown = tissue.target
        self._base = TissuePreset("", {}, shown.gravity_m_s2)
        """The preset on top of which moved sliders stand."""
        self._placing = False
        with gui.add_folder("Tissue"):
            self.preset = gui.add_dropdown("preset", (OWN_TISSUE, *PRESETS))
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
            self.exaggeration = gui.add_slider(
                "exaggeration (art)",
                1.0,
                LARGEST_EXAGGERATION,
                0.1,
                1.0,
                hint="moves the head at rest, and swings it, by so many times what physics says",
            )
            self._status = gui.add_markdown("")
        self._moved: dict[str, float] = {}
        for one in TISSUE_SLIDERS:
            self.sliders[one.label].on_update(lambda _, one=one: self._take(one))
        self.gravity.on_update(lambda _: self._request())
        self.exaggeration.on_update(lambda _: self._request())
        self.preset.on_update(lambda _: self._take_preset())

    def refresh(self) -> None:
        """Show the newest line on the resting head."""
        if self._status.content != self._tissue.status:
            self._status.content = self._tissue.status

    def _take(self, slider: TissueSlider) -> None:
        if not self._placing:
            self._moved |= slider.values(self.sliders[slider.label].value)
            self._request()

    def _take_preset(self) -> None:
        """Begin anew with a preset's values, and put the sliders where these are."""
        own, name = self._tissue.target, self.preset.value
        preset = TissuePreset("", {}, own.gravity_m_s2) if name == OWN_TISSUE else PRESETS[name]
        shown = own.with_values(preset.values, preset.gravity)
        self._base, self._moved = preset, {}
        self._placing = True
        self.gravity.value = float(-shown.gravity[1] / GRAVITY.default)
        for one in TISSUE_SLIDERS:
            self.sliders[one.label].value = float(np.clip(one.shown(shown), one.lowest, one.highest))
        self._placing = False
        self._request()

    def _request(self) -> None:
        if self._placing:
            return
        x, _, z = self._base.gravity
        pull = (x, -GRAVITY.default * self.gravity.value, z)
        self._tissue.request(self._base.values | self._moved, pull, self.exaggeration.value)
