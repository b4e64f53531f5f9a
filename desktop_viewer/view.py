"""The viewer: a browser page with the head, fed by a thread that only ever holds the newest face.

The driver hands a face over and goes on; if the browser or this thread is slow, faces are skipped here
and nowhere else.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from itertools import repeat

import numpy as np
import viser
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from capture.frames.capture_error import PortInUseError
from capture.frames.newest_frame import NewestFrame
from desktop_viewer.color_pieces import ColorPiece
from desktop_viewer.paint_layers import PaintLayer, paint_layers
from desktop_viewer.panel import ControlPanel, PanelActions
from desktop_viewer.worn_layers import worn_pieces
from landmark_driver.character import Character
from landmark_driver.live.face_driver import DrivenFace
from landmark_driver.live.latency import LatencyLog

DEFAULT_PORT = 8080
_HOST = "127.0.0.1"
"""The page is for this machine alone: the panel shows the code that pairs a phone."""
_MAX_RATE_HZ = 60.0
_PANEL_PERIOD_S = 0.5
_NECK_M = np.array([0.0, -0.09, -0.07])
"""The head turns about this point of its own frame and stays there: rotation is shown, translation is not."""


class HeadViewer:
    """A viewer of one character. `show` may be called from any thread and returns at once.

    Args:
        character: the head and its mesh.
        latency: gets the duration of the viewer's own stage.
        actions: the actions behind the panel's buttons.
        port: port of the page on this machine.

    Raises:
        PortInUseError: where the port cannot be had.
    """

    def __init__(
        self, character: Character, latency: LatencyLog, actions: PanelActions, port: int = DEFAULT_PORT
    ):
        _check_port_is_free(port)
        self._latency = latency
        self._newest: NewestFrame[DrivenFace] = NewestFrame()
        self._subdivision = character.mesh.display
        with contextlib.redirect_stdout(io.StringIO()):  # the command line says where the viewer is
            self._server = viser.ViserServer(_HOST, port, verbose=False)
        self._neutral_landmarks = character.head.neutral_landmarks
        self._build_scene(character)
        self._panel = ControlPanel(self._server, actions)
        self._neutral_pose: Float[np.ndarray, "4 4"] | None = None
        self._thread = threading.Thread(target=self._run, name="viewer", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.get_port()

    @property
    def panel(self) -> ControlPanel:
        return self._panel

    def show(self, face: DrivenFace) -> None:
        """Hand a face over to the viewer's thread; one that was not drawn yet is dropped.

        Args:
            face: the newest face.
        """
        self._newest.put(face)

    def stop(self) -> None:
        """End the viewer's thread and its server."""
        self._newest.close()
        self._thread.join(timeout=2)
        with contextlib.redirect_stdout(io.StringIO()):  # standard output is the command line's
            self._server.stop()

    def _run(self) -> None:
        next_panel_s = 0.0
        while not self._newest.closed:
            face = self._newest.take(0.2)
            now_s = time.perf_counter()
            if face is not None:
                self._draw(face)
                self._latency.note("vertices_to_viewer", time.perf_counter() - face.vertices_time_s)
            if now_s >= next_panel_s:
                self._panel.refresh(face, self._latency)
                next_panel_s = now_s + _PANEL_PERIOD_S
            time.sleep(max(0.0, 1 / _MAX_RATE_HZ - (time.perf_counter() - now_s)))

    def _draw(self, face: DrivenFace) -> None:
        fine = self._subdivision(face.vertices)
        with self._server.atomic():
            for layer, handle in zip(self._layers, self._handles, strict=True):
                handle.vertices = layer.place(fine)
            for worn, handles in self._worn:
                for handle, placed in zip(handles, worn.follow(face.vertices, self._neutral), strict=True):
                    handle.vertices = placed
            rotation = self._turn(face)
            self._head.wxyz = rotation.as_quat(scalar_first=True)
            self._head.position = _NECK_M - rotation.apply(_NECK_M)
            self._landmarks.visible = self._panel.show_landmarks
            if self._panel.show_landmarks:
                self._landmarks.points = (self._neutral_landmarks + face.displacements).astype(np.float32)
        self._server.flush()

    def _turn(self, face: DrivenFace) -> Rotation:
        """Return the head rotation since the last frame before calibration, or none where the panel's pose is switched off."""
        if self._neutral_pose is None or not face.calibrated:
            self._neutral_pose = face.T_world_head
        if not self._panel.show_pose:
            return Rotation.identity()
        return Rotation.from_matrix(face.T_world_head[:3, :3] @ self._neutral_pose[:3, :3].T)

    def _build_scene(self, character: Character) -> None:
        scene = self._server.scene
        scene.set_up_direction("+y")
        scene.set_background_image(_backdrop(), format="jpeg", jpeg_quality=95)
        scene.configure_default_lights(enabled=False)
        _add_lights(scene)
        self._server.initial_camera.position = (0.08, -0.01, 0.56)
        self._server.initial_camera.look_at = (0.0, -0.025, 0.0)
        self._server.initial_camera.fov = np.deg2rad(36)
        self._server.initial_camera.near = 0.05
        self._head = scene.add_frame("/head", show_axes=False)
        fine = self._subdivision(character.neutral_vertices)
        self._layers = paint_layers(character.mesh, self._subdivision)
        self._handles = [_add_layer(scene, layer, layer.place(fine)) for layer in self._layers]
        self._neutral = character.neutral_vertices
        worn = [(piece, piece.follow(self._neutral, self._neutral)) for piece in worn_pieces(character)]
        handles = [list(map(_add_layer, repeat(scene), piece.layers, placed)) for piece, placed in worn]
        self._worn = [(piece, added) for (piece, _), added in zip(worn, handles, strict=True) if piece.moves]
        self._landmarks = scene.add_point_cloud(
            "/head/landmarks",
            points=self._neutral_landmarks.astype(np.float32),
            colors=(70, 235, 160),
            point_size=0.0011,
            point_shape="circle",
            precision="float32",
            visible=False,
        )


def _add_layer(
    scene: viser.SceneApi, layer: PaintLayer | ColorPiece, vertices: Float[np.ndarray, "rows 3"]
) -> viser.MeshHandle:
    return scene.add_mesh_simple(
        f"/head/{layer.name}",
        vertices=vertices,
        faces=layer.faces,
        color=layer.color,
        opacity=layer.opacity,
        side="double",
        cast_shadow=False,
        receive_shadow=False,
    )


def _check_port_is_free(port: int) -> None:
    if not 0 < port <= 65535:
        raise PortInUseError(
            f"Expected a port from 1 to 65535 for the viewer, got {port}. Choose another with --viewer-port."
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise PortInUseError(
                f"Expected port {port} for the viewer to be free, got '{error.strerror}'. "
                "Stop the program that has it, or choose another with --viewer-port."
            ) from error


def _add_lights(scene: viser.SceneApi) -> None:
    """A warm key from above left, a cool fill from the right, a rim from behind."""
    scene.add_light_ambient("/lights/ambient", color=(255, 246, 240), intensity=0.28)
    key, fill, rim = (0.5, 0.55, 0.9), (-0.9, 0.15, 0.6), (-0.4, 0.6, -0.9)
    scene.add_light_directional("/lights/key", color=(255, 240, 226), intensity=1.0, position=key)
    scene.add_light_directional("/lights/fill", color=(206, 220, 255), intensity=0.3, position=fill)
    scene.add_light_directional("/lights/rim", color=(255, 255, 255), intensity=0.8, position=rim)


def _backdrop() -> np.ndarray:
    """A studio grey that falls off to the corners."""
    y, x = np.mgrid[-1:1:270j, -1:1:480j]
    glow = np.exp(-((0.9 * x) ** 2) - (y + 0.15) ** 2)[..., None]
    dark, bright = np.array([24.0, 27, 32]), np.array([92.0, 99, 108])
    return np.clip(dark + glow * (bright - dark), 0, 255).astype(np.uint8)
