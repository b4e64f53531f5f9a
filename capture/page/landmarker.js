// MediaPipe's Face Landmarker, loaded from our own server, on the GPU where that is faster.

import { arkitScores } from "./arkit.js";
import { LANDMARK_COUNT } from "./packet.js";
import { Problem } from "./problem.js";
import { hasRealGpu } from "./real_gpu.js";
import { oneAtATime } from "./wasm_turn.js";

const MODEL = "/model/face_landmarker.task";
const WASM = "/mediapipe/wasm";
const SLOW_GPU_MS = 45;
const TRIAL_FRAMES = 20;

export class Landmarker {
  #task = null;
  #vision = null;
  #trial = [];
  #lastMs = 0;

  /** `delegate`: "auto", "gpu" or "cpu". Where there is no GPU the CPU delegate is several times faster. */
  constructor(delegate, withBlendshapes) {
    this.choice = delegate;
    this.delegate = delegate === "cpu" || (delegate === "auto" && !hasRealGpu()) ? "CPU" : "GPU";
    this.withBlendshapes = withBlendshapes;
  }

  /** Loads code and model. A GPU that fails is replaced by the CPU. Throws Problem. */
  async load() {
    try {
      this.#vision ??= await import("/mediapipe/vision_bundle.mjs");
      this.#task = await this.#create();
    } catch (error) {
      if (this.delegate === "CPU") throw new Problem("tracker", error);
      this.delegate = "CPU";
      await this.load();
    }
  }

  get ready() {
    return this.#task !== null;
  }

  /** MediaPipe's lists of {start, end} for lips, eyes, brows, irises and the outline. */
  get contours() {
    const { FaceLandmarker } = this.#vision;
    return [FaceLandmarker.FACE_LANDMARKS_CONTOURS, FaceLandmarker.FACE_LANDMARKS_LEFT_IRIS, FaceLandmarker.FACE_LANDMARKS_RIGHT_IRIS].flat();
  }

  async setBlendshapes(withBlendshapes) {
    this.withBlendshapes = withBlendshapes;
    await this.#task?.setOptions({ outputFaceBlendshapes: withBlendshapes });
  }

  /** {landmarks, faceTransform, blendshapes} as the packet wants them, or null without a face. */
  detect(video, timeMs) {
    // MediaPipe wants every timestamp above the last.
    this.#lastMs = Math.max(timeMs, this.#lastMs + 1);
    const startMs = performance.now();
    const result = this.#task.detectForVideo(video, this.#lastMs);
    this.#judgeGpu(performance.now() - startMs);
    if (!result.faceLandmarks.length) return null;
    return {
      landmarks: flat(result.faceLandmarks[0]),
      faceTransform: rows(result.facialTransformationMatrixes[0].data),
      blendshapes: this.withBlendshapes ? arkitScores(result.faceBlendshapes[0].categories) : null,
    };
  }

  async #create() {
    const files = await this.#vision.FilesetResolver.forVisionTasks(WASM);
    const options = {
      baseOptions: { modelAssetPath: MODEL, delegate: this.delegate },
      runningMode: "VIDEO",
      numFaces: 1,
      outputFaceBlendshapes: this.withBlendshapes,
      outputFacialTransformationMatrixes: true,
    };
    return oneAtATime(() => this.#vision.FaceLandmarker.createFromOptions(files, options));
  }

  /** After a short trial, a GPU that is too slow for the camera is replaced by the CPU, once. */
  #judgeGpu(tookMs) {
    if (this.choice !== "auto" || this.delegate !== "GPU" || this.#trial.length >= TRIAL_FRAMES) return;
    this.#trial.push(tookMs);
    if (this.#trial.length < TRIAL_FRAMES) return;
    if (this.#trial.toSorted((a, b) => a - b)[TRIAL_FRAMES / 2] < SLOW_GPU_MS) return;
    this.delegate = "CPU";
    const slow = this.#task;
    this.#create().then((task) => {
      this.#task = task;
      slow.close();
    });
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
