// MediaPipe's Face Landmarker with one delegate: pictures in, what a packet wants out. Runs in the page or in a worker.

import { FaceLandmarker, FilesetResolver } from "/mediapipe/vision_bundle.mjs";
import { arkitScores } from "../frames/arkit.js";
import { LANDMARK_COUNT } from "../frames/packet.js";

const MODEL = "/model/face_landmarker.task";
const WASM = "/mediapipe/wasm";

export class TrackerTask {
  #task;
  #withBlendshapes;

  /** `delegate`: "GPU" or "CPU". */
  static async create(delegate, withBlendshapes) {
    const files = await FilesetResolver.forVisionTasks(WASM);
    /** @type {import("@mediapipe/tasks-vision").FaceLandmarkerOptions} */
    const options = {
      baseOptions: { modelAssetPath: MODEL, delegate },
      runningMode: "VIDEO",
      numFaces: 1,
      outputFaceBlendshapes: withBlendshapes,
      outputFacialTransformationMatrixes: true,
    };
    return new TrackerTask(await FaceLandmarker.createFromOptions(files, options), withBlendshapes);
  }

  constructor(task, withBlendshapes) {
    this.#task = task;
    this.#withBlendshapes = withBlendshapes;
  }

  async setBlendshapes(withBlendshapes) {
    this.#withBlendshapes = withBlendshapes;
    await this.#task.setOptions({ outputFaceBlendshapes: withBlendshapes });
  }

  /** {landmarks, faceTransform, blendshapes} as the packet wants them, or null without a face. */
  detect(picture, timeMs) {
    const result = this.#task.detectForVideo(picture, timeMs);
    if (!result.faceLandmarks.length) return null;
    return {
      landmarks: flat(result.faceLandmarks[0]),
      faceTransform: rows(result.facialTransformationMatrixes[0].data),
      blendshapes: this.#withBlendshapes ? arkitScores(result.faceBlendshapes[0].categories) : null,
    };
  }

  close() {
    this.#task.close();
  }
}

function flat(points) {
  const floats = new Float32Array(LANDMARK_COUNT * 3);
  points.forEach(({ x, y, z }, index) => floats.set([x, y, z], 3 * index));
  return floats;
}

/** MediaPipe delivers the matrix column by column, the packet wants it row by row. */
function rows(columns) {
  return Float32Array.from({ length: 16 }, (_, i) => columns[4 * (i % 4) + Math.floor(i / 4)]);
}
