"""The page's own renderer in headless Chromium, fed with vertices instead of a camera's pictures."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image

from landmark_driver.character import Character
from landmark_driver.drivers.weights_driver import WeightsDriver
from tests.browser.chromium import Chromium
from tests.browser.live_stage import SOFTWARE_WEBGL, TRUSTING
from tests.browser.puppet_page import PuppetServer
from tests.capture.phone.fake_phone import SocketPhone

AS_WITH_A_GPU = """
    const ask = WebGL2RenderingContext.prototype.getParameter;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
      return name === 37446 ? "a GPU" : ask.call(this, name);
    };
"""
"""To be run before the page: a browser without a GPU then draws what phones draw."""

_LOAD = """(async () => {
  const { loadPuppet } = await import("/puppet/files/puppet_store.js");
  const { showHead } = await import("/puppet/stage/shown_head.js");
  const canvas = document.createElement("canvas");
  canvas.style = "position: fixed; inset: 0; z-index: 9; width: %dpx; height: %dpx";
  document.body.replaceChildren(canvas);
  window.look = { canvas, ...(await showHead(await loadPuppet("%s"), canvas)) };
  look.view.draw({ pose: %s, calibrated: true }); // turns are counted from here
})()"""
_DRAW = """(() => {
  const bytes = Uint8Array.from(atob(%s), (letter) => letter.charCodeAt(0));
  look.mesh.follow(new Float32Array(bytes.buffer));
  look.view.draw({ pose: %s, calibrated: true });
  return look.canvas.toDataURL("image/png").split(",")[1];
})()"""


class LookPage:
    """A page that draws one character, as phones do or, with `gpu` false, as browsers without a GPU do."""

    def __init__(
        self, folder: Path, character: Character, size_px: tuple[int, int] = (380, 500), gpu: bool = True
    ) -> None:
        driver = character.mesh_driver("weights").head_driver
        assert isinstance(driver, WeightsDriver)
        self._driver = driver
        self._server = PuppetServer(folder, character)
        self._server.puppet()  # pages wait for some seconds only
        self._server.__enter__()
        self.browser = Chromium([TRUSTING, *SOFTWARE_WEBGL], size_px=(900, 900))
        if gpu:
            self.browser.before_every_page(AS_WITH_A_GPU)
        self.browser.open(f"{self._server.server.origin}/trust")
        self.browser.wait_for("document.readyState === 'complete' && document.body !== null")
        straight = json.dumps(np.eye(4).ravel().tolist())
        self.browser.evaluate(_LOAD % (*size_px, self._session(folder), straight))

    def __enter__(self) -> LookPage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.browser.close()
        self._server.__exit__(kind, error, trace)

    def _session(self, folder: Path) -> str:
        """The key of a phone that is paired."""
        server = self._server.server
        phone = SocketPhone(server.port, str(folder / "config/certificates/authority.crt"))
        session = phone.pair(server.url)
        phone.close()
        return session

    def picture(self, weights: np.ndarray, yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> np.ndarray:
        """Return what the page draws of ARKit weights.

        Args:
            weights: (52,) in 0..1.
            yaw_deg: how far the head is turned to its left.
            pitch_deg: how far it nods down.

        Returns:
            (H, W, 4) RGBA in 0..255.
        """
        vertices = self._driver.show(weights).vertices
        pose = json.dumps(_turned(yaw_deg, pitch_deg).ravel().tolist())
        drawn = self.browser.evaluate(_DRAW % (_quoted(vertices.astype("<f4").tobytes()), pose))
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn))).convert("RGBA"))


def _quoted(data: bytes) -> str:
    return json.dumps(base64.b64encode(data).decode())


def _turned(yaw_deg: float, pitch_deg: float) -> np.ndarray:
    cy, sy = np.cos(np.deg2rad(yaw_deg)), np.sin(np.deg2rad(yaw_deg))
    cp, sp = np.cos(np.deg2rad(pitch_deg)), np.sin(np.deg2rad(pitch_deg))
    turn = np.eye(4)
    turn[:3, :3] = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ [[1, 0, 0], [0, cp, -sp], [0, sp, cp]]
    return turn
