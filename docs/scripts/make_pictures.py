"""The pictures of the documentation, made from the running program: `python -m docs.scripts.make_pictures`.

Needs the training extra and Chromium. Writes docs/pictures/.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from capture.tracking.tracking_model import find_tracking_model
from docs.scripts.expression_weights import weights
from landmark_driver.character import Character
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.shipped_networks import shipped_network, shipped_weights
from landmark_driver.rendering.dressed_mesh import DressedMesh
from landmark_driver.rendering.render import Camera, orbit_camera
from landmark_driver.rendering.seen_by_tracker import track_pictures
from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags
from tests.browser.live_stage import SOFTWARE_WEBGL, TRUSTING, live_stage, wait_for_state

PICTURES = Path(__file__).parents[1] / "pictures"
_NEUTRAL = weights()
_SHOWN_PX = 648
"""Height of the pages' picture: below it the phone names its camera, here a temporary file."""
_CLOSE_NOTES = "document.querySelectorAll('.mantine-Notification-closeButton').forEach(b => b.click())"


EXPRESSIONS = (
    weights(mouthSmile=1.0, cheekSquint=0.6),
    weights(jawOpen=0.8),
    weights(mouthPucker=1.0, browDown=0.6),
    weights(browInnerUp=1.0, browOuterUp=0.8, eyeWide=0.8),
    weights(eyeBlinkLeft=1.0, mouthSmileLeft=0.8),
    weights(jawOpen=0.3, mouthUpperUp=0.8, noseSneer=0.8, browDown=0.8),
)


def save(name: str, rows: list[list[np.ndarray]]) -> None:
    picture = Image.fromarray(np.concatenate([np.concatenate(row, 1) for row in rows]))
    picture.save(PICTURES / name, optimize=True)
    print(PICTURES / name, flush=True)


def identities() -> None:
    """Random people of the head model, neutral and smiling."""
    model = load_identities()
    heads = [model.sample(np.random.default_rng(seed)) for seed in (3, 8, 15, 21, 34)]
    performers = [PerformingHead(character_from(model, head, {}).head, model.template()) for head in heads]
    camera = orbit_camera(0.56, yaw_deg=-18, size_px=(320, 400), vertical_fov_deg=32)
    rows = [[p.picture(w, camera, 2) for p in performers] for w in (_NEUTRAL, EXPRESSIONS[0])]
    save("identities.png", rows)


def embedding() -> None:
    """Where MediaPipe's landmarks sit on the template."""
    head = PerformingHead(Character.load("default").head, load_identities().template())
    views = [orbit_camera(0.5, yaw, 0, (480, 540), 27) for yaw in (0, 35)]
    poses = (_NEUTRAL, weights(jawOpen=0.6))
    save("landmarks.png", [[_with_landmarks(head, pose, view) for pose in poses for view in views]])


def _with_landmarks(head: PerformingHead, pose: np.ndarray, camera: Camera) -> np.ndarray:
    image = Image.fromarray(head.picture(pose, camera, 2))
    draw = ImageDraw.Draw(image)
    points = head.head.embedding(head.vertices(pose).astype(float))
    local = (points - camera.T_world_camera[:3, 3]) @ camera.T_world_camera[:3, :3]
    scale = camera.size_px[1] / 2 / np.tan(np.deg2rad(camera.vertical_fov_deg) / 2)
    for x, y in local[:, :2] / -local[:, 2:] * scale * (1, -1) + np.array(camera.size_px) / 2:
        draw.ellipse([x - 1.6, y - 1.6, x + 1.6, y + 1.6], fill=(30, 230, 120))
    return np.asarray(image)


def closed_loop() -> None:
    """Above, heads with known expressions as MediaPipe sees them; below, what the driver makes of them."""
    model = load_identities()
    character = character_from(model, model.sample(np.random.default_rng(2)), {})
    character = replace(character, network=shipped_network(character.head))
    head = PerformingHead(character.head, model.template(), shipped_weights().lips)
    drawn = DressedMesh(character).picture
    seen = [drawn(head.vertices(w), portrait_camera()) for w in (_NEUTRAL, _NEUTRAL, *EXPRESSIONS)]
    frames = list(track_pictures(seen, hold=4))
    driver = FaceDriver(character)
    driver.use_neutral(undo_perspective(frames[1]).points)
    camera = orbit_camera(0.5, size_px=(300, 360), vertical_fov_deg=30)
    driven = []
    for frame in frames[2:]:
        driver.restart()
        driven.append(drawn(driver(frame).vertices, camera, 2))
    save("closed_loop.png", [[drawn(head.vertices(w), camera, 2) for w in EXPRESSIONS], driven])


def viewer() -> None:
    """The running program in a browser."""
    command = [sys.executable, "-m", "softdeca", "live", "--source", "demo", "--viewer-port", "8088"]
    live = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        with Chromium(SOFTWARE_WEBGL, size_px=(1280, 760)) as browser:
            browser.open("http://localhost:8088")
            time.sleep(30)  # drawn by the processor, the scene takes its time to fade in
            browser.evaluate(_CLOSE_NOTES)
            browser.wait_for("/mouthSmileLeft 0\\.[4-9]/.test(document.body.innerText)", 60)
            browser.screenshot(PICTURES / "viewer.png")
    finally:
        live.terminate()
        live.wait(10)


def phone_and_viewer() -> None:
    """A real face before a phone's camera, and the head it moves: both pages, side by side."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        camera = write_astronaut_video(folder / "camera.mjpeg", seconds=4, size_px=(640, 480))
        with (
            live_stage(folder, find_tracking_model()) as stage,
            Chromium((*fake_camera_flags(camera), TRUSTING), size_px=(420, 760)) as phone,
            Chromium(SOFTWARE_WEBGL, size_px=(1000, 760)) as screen,
        ):
            phone.open(stage.page())
            wait_for_state(phone, "tracking")
            screen.open(stage.viewer_page)
            time.sleep(30)
            screen.evaluate(_CLOSE_NOTES)
            time.sleep(5)
            phone.screenshot(folder / "phone.png")
            screen.screenshot(folder / "screen.png")
        pages = [
            np.asarray(Image.open(folder / f"{page}.png").convert("RGB")) for page in ("phone", "screen")
        ]
        save("phone_and_viewer.png", [[page[:_SHOWN_PX] for page in pages]])


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    makers = {
        maker.__name__: maker for maker in (identities, embedding, closed_loop, viewer, phone_and_viewer)
    }
    for name in sys.argv[1:] or makers:
        makers[name]()
