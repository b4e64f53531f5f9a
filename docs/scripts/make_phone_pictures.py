"""The pictures of the head on the phone, and the page's icons: `python -m docs.scripts.make_phone_pictures`.

Needs the training extra and Chromium. A head of the model that is not the puppet performs before the camera.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from capture.phone.phone_app import PAGE
from docs.scripts.expression_weights import weights
from docs.scripts.make_pictures import PICTURES
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.network.shipped_networks import shipped_network, shipped_weights
from tests.browser.chromium import Chromium, fake_camera_flags
from tests.browser.live_stage import SOFTWARE_WEBGL, TRUSTING
from tests.browser.look_page import AS_WITH_A_GPU
from tests.browser.puppet_page import PuppetServer, wait_for_puppet

ICONS = PAGE / "icons"
_SMILE = weights(mouthSmile=1.0, cheekSquint=0.6)
_OPEN = weights(jawOpen=0.75, browInnerUp=0.9, browOuterUp=0.7, eyeWide=0.5)
_WINK = weights(eyeBlinkLeft=1.0, mouthSmileLeft=0.9, cheekSquintLeft=0.7)
_REST_FRAMES, _HELD_FRAMES, _EASING_FRAMES = 90, 60, 5
_AT_REST = "seen.wide < 0.57 && seen.open < 0.05 && seen.lid > 0.04"
_SMILING, _OPENED, _WINKING = "seen.wide > 0.63", "seen.open > 0.08", "seen.lid < 0.03"
_SHOWN_PX = 610
"""Height of the pages' picture: below it the phone names its camera, here a temporary file."""
_STOP_AT_SIGHT = """
    // A wanted sight that lasts stops the camera, so that picture and head belong together however slow the machine is.
    window.wanted = null;
    let sinceS = Infinity;
    document.addEventListener("puppetframe", ({ detail: { frame: { landmarks, captureTimeS } } }) => {
      if (!landmarks || !wanted) return;
      const apart = (a, b) => Math.hypot(...[0, 1].map((axis) => landmarks[3 * a + axis] - landmarks[3 * b + axis]));
      const face = apart(10, 152);
      const seen = { open: apart(13, 14) / face, wide: apart(61, 291) / apart(33, 263), lid: apart(386, 374) / face };
      sinceS = wanted(seen) ? Math.min(sinceS, captureTimeS) : Infinity;
      if (captureTimeS - sinceS < 0.8) return;
      sinceS = Infinity;
      wanted = null;
      document.getElementById("video").pause();
    });
"""


def performance(file: Path) -> Path:
    """A camera's pictures: a long rest, then three expressions, each held for more than a second."""
    model = load_identities()
    character = character_from(model, model.sample(np.random.default_rng(2)), {})
    character = replace(character, network=shipped_network(character.head))
    head = PerformingHead(character.head, model.template(), shipped_weights().lips)
    camera = portrait_camera()
    pictures: list[bytes] = []
    rest = _encoded(head.picture(weights(), camera))
    for expression in (_SMILE, _OPEN, _WINK):
        ease = [
            _encoded(head.picture(expression * fraction, camera))
            for fraction in np.linspace(0, 1, _EASING_FRAMES + 2)[1:]
        ]
        pictures += [*ease, *[ease[-1]] * _HELD_FRAMES, *ease[::-1], *[rest] * 80]
    file.write_bytes(b"".join([*[rest] * _REST_FRAMES, *pictures]))
    return file


def _encoded(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def phone_puppet() -> None:
    """The page with three expressions, the performer in its corner."""
    with tempfile.TemporaryDirectory() as name, PuppetServer(Path(name)) as server:
        folder = Path(name)
        camera = performance(folder / "camera.mjpeg")
        with Chromium([*fake_camera_flags(camera), TRUSTING, *SOFTWARE_WEBGL], size_px=(390, 760)) as phone:
            phone.before_every_page(AS_WITH_A_GPU)
            phone.before_every_page(_STOP_AT_SIGHT)
            phone.open(server.page())
            wait_for_puppet(phone)
            _wait_for_sight(phone, _AT_REST)
            phone.evaluate("document.getElementById('action').click()")
            phone.evaluate("document.querySelector('.facts').hidden = true")  # without a GPU they are slow
            phone.evaluate("video.play()")
            wait_for_puppet(phone)
            pages = []
            for sight in (_SMILING, _OPENED, _WINKING):
                _wait_for_sight(phone, sight)
                phone.screenshot(folder / "page.png")
                pages.append(np.asarray(Image.open(folder / "page.png").convert("RGB")))
                phone.evaluate("video.play()")
    picture = Image.fromarray(np.concatenate([page[:_SHOWN_PX] for page in pages], 1))
    picture.save(PICTURES / "phone_puppet.png", optimize=True)


def _wait_for_sight(phone: Chromium, sight: str) -> None:
    """Until the camera has stopped at it."""
    phone.evaluate(f"window.wanted = (seen) => {sight}; true")
    phone.wait_for("video.paused", 200)


def icons() -> None:
    """What the installed page is started by, in the sizes that phones ask for."""
    for size in (192, 512):
        with Chromium(size_px=(size, size)) as browser:
            clear = {"r": 0, "g": 0, "b": 0, "a": 0}
            browser.command("Emulation.setDefaultBackgroundColorOverride", color=clear)
            browser.open((ICONS / "icon.svg").as_uri())
            browser.wait_for("document.documentElement !== null")
            browser.screenshot(ICONS / f"icon-{size}.png")


if __name__ == "__main__":
    makers = {"phone_puppet": phone_puppet, "icons": icons}
    for name in sys.argv[1:] or makers:
        makers[name]()
