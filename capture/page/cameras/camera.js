// The camera: which there are, and a running picture from one of them.

import { cameraProblem } from "../browser/problem.js";

// The tracker looks at 256 pixels of face: more than this only costs time.
const SMALL_PX = { width: 480, height: 360 };
const SIZES_PX = { full: { width: 640, height: 480 }, landmarks: SMALL_PX, phone: SMALL_PX };

export class Camera {
  onLost = () => {};
  /** @type {MediaStream | null} */
  #stream = null;

  constructor(video) {
    this.video = video;
  }

  /** Starts the camera with this id, or the front one; resolves once pictures come. Throws Problem. */
  async start(deviceId, mode) {
    this.stop();
    const size = SIZES_PX[mode];
    const wanted = {
      width: { ideal: size.width },
      height: { ideal: size.height },
      frameRate: { ideal: 30, max: 60 },
      ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
    };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    } catch (error) {
      // A camera chosen on an earlier visit may be gone.
      if (deviceId && error.name === "OverconstrainedError") return this.start("", mode);
      throw cameraProblem(error);
    }
    this.#stream = stream;
    stream.getVideoTracks()[0].onended = () => this.onLost();
    this.video.srcObject = stream;
    await this.video.play().catch((error) => {
      throw cameraProblem(error);
    });
    return undefined;
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = null;
  }

  get deviceId() {
    return this.#stream?.getVideoTracks()[0].getSettings().deviceId ?? "";
  }

  /** Whether the self-view should act as a mirror: yes, but for a camera on the back. */
  get mirrored() {
    return this.#stream?.getVideoTracks()[0].getSettings().facingMode !== "environment";
  }
}

/** The cameras as [{id, label}]; labels are known once the camera was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, index) => ({ id: device.deviceId, label: device.label || `Camera ${index + 1}` }));
}
