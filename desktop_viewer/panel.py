"""The viewer's panel: the tracker's state, the performer's controls, the latency."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import viser
from viser import uplot

from capture.frames.arkit import ARKIT_NAMES
from desktop_viewer.tissue_sliders import TissueSliders
from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.live.face_driver import DrivenFace
from landmark_driver.live.latency import LatencyLog

_PLOTTED = {
    "capture_to_receive": ("camera, tracker, network", "#5b8def"),
    "receive_to_vertices": ("driver", "#46eba0"),
    "vertices_to_viewer": ("viewer", "#f0a35b"),
}
_HISTORY = 150
_SUMMED_UP = 900
"""Number of frames in the table; a whole session's would take the driver's time."""
_STRONGEST = 6


@dataclass(frozen=True)
class PanelActions:
    """The actions behind the buttons. `toggle_recording` returns True where a take is being recorded now."""

    calibrate: Callable[[], None]
    toggle_recording: Callable[[], bool] | None = None
    source: Callable[[], str] = field(default=lambda: "")
    """One line on where the frames come from."""
    qr_png: Callable[[], np.ndarray] | None = None
    tissue: TissueControl | None = None
    """Changes the tissue of the running head, if it has any."""


class ControlPanel:
    """A panel of controls, kept up to date at a low rate."""

    def __init__(self, server: viser.ViserServer, actions: PanelActions):
        gui = server.gui
        gui.configure_theme(
            dark_mode=True, control_layout="floating", show_logo=False, show_share_button=False
        )
        self._actions = actions
        self.tissue: TissueSliders | None = None
        self._state = gui.add_html(_state_line(None, actions.source()))
        if actions.qr_png is not None:
            with gui.add_folder("Phone", expand_by_default=True):
                self._shown_code = actions.qr_png()
                self._code = gui.add_image(self._shown_code, label="scan me")
        calibrate = gui.add_button("Calibrate neutral", icon=viser.Icon.MOOD_EMPTY)
        calibrate.on_click(lambda _: actions.calibrate())
        if actions.toggle_recording is not None:
            self._record = gui.add_button("Record", icon=viser.Icon.PLAYER_RECORD, color="red")
            self._record.on_click(lambda _: self._toggle_recording())
        with gui.add_folder("View"):
            self._pose = gui.add_checkbox("head pose", True)
            self._dots = gui.add_checkbox("landmarks", False)
        if actions.tissue is not None:
            self.tissue = TissueSliders(gui, actions.tissue)
        with gui.add_folder("Latency"):
            self._plot = _latency_plot(gui)
            self._times = gui.add_markdown("")
        with gui.add_folder("Expression"):
            self._expression = gui.add_markdown("")

    @property
    def show_pose(self) -> bool:
        return self._pose.value

    @property
    def show_landmarks(self) -> bool:
        return self._dots.value

    def refresh(self, face: DrivenFace | None, latency: LatencyLog) -> None:
        """Update the texts, the plot and the code.

        Args:
            face: the newest face; None where none came since the last time.
            latency: durations of the stages.
        """
        self._state.content = _state_line(face, self._actions.source())
        history = {stage: latency.recent_ms(stage, _HISTORY) for stage in _PLOTTED}
        count = min(len(values) for values in history.values())
        if count:
            columns = [np.array(values[-count:], np.float64) for values in history.values()]
            self._plot.data = (np.arange(count, dtype=np.float64), *columns)
        self._times.content = _latency_table(latency)
        if self.tissue is not None:
            self.tissue.refresh()
        self._refresh_code()
        if face is not None:
            self._expression.content = _strongest(face)

    def _refresh_code(self) -> None:
        """Show the newest code; one works once, so after a phone has used it the panel shows the next."""
        if self._actions.qr_png is not None:
            code = self._actions.qr_png()
            if not np.array_equal(code, self._shown_code):
                self._code.image = self._shown_code = code

    def _toggle_recording(self) -> None:
        assert self._actions.toggle_recording is not None
        recording = self._actions.toggle_recording()
        self._record.label = "Stop recording" if recording else "Record"


def _latency_plot(gui: viser.GuiApi) -> viser.GuiUplotHandle:
    start = np.zeros(1)
    stages = (uplot.Series(label=label, stroke=color, width=2) for label, color in _PLOTTED.values())
    series = (uplot.Series(label="frame"), *stages)
    return gui.add_uplot(
        data=(start,) * (1 + len(_PLOTTED)),
        series=series,
        scales={"x": uplot.Scale(time=False), "y": uplot.Scale(auto=True)},
        axes=(uplot.Axis(show=False), uplot.Axis(stroke="#999", label="ms", size=42, labelSize=14)),
        legend=uplot.Legend(show=True),
        aspect=1.8,
    )


def _state_line(face: DrivenFace | None, source: str) -> str:
    color, words = _state(face)
    return (
        f'<p style="margin: 0.4em 0.6em"><span style="color: {color}">&#9679;</span> '
        f"<b>{words}</b><br>{html.escape(source)}</p>"
    )


def _state(face: DrivenFace | None) -> tuple[str, str]:
    if face is None:
        return "#999", "waiting for frames"
    if not face.tracked:
        return "#e03131", "no face in view"
    if not face.calibrated:
        return "#f0c35b", "calibrating: keep a neutral face"
    return "#46eba0", "tracking"


def _latency_table(latency: LatencyLog) -> str:
    rows = [
        f"| {stage.replace('_', ' ')} | {v['p50']:.1f} | {v['p95']:.1f} |"
        for stage, v in latency.summary(_SUMMED_UP).items()
    ]
    return "\n".join(["| ms | p50 | p95 |", "|---|---|---|", *rows]) if rows else ""


def _strongest(face: DrivenFace) -> str:
    order = np.argsort(-face.weights)[:_STRONGEST]
    return "\n".join(f"- {ARKIT_NAMES[i]} {face.weights[i]:.2f}" for i in order if face.weights[i] > 0.02)
