// Finds landmarks with MediaPipe, loaded from our own server: on the GPU where that is faster, else by the CPU in a worker.

import { Problem } from "../browser/problem.js";
import { hasRealGpu } from "../browser/real_gpu.js";
import { oneAtATime } from "../browser/wasm_turn.js";
import { WorkerTracker } from "./worker_tracker.js";

const SLOW_GPU_MS = 45;
const TRIAL_FRAMES = 20;

/** @typedef {WorkerTracker | import("./tracker_task.js").TrackerTask} Tracker */

export class Landmarker {
  /** @type {Tracker | null} */
  #tracker = null;
  #trial = [];
  #lastMs = 0;

  /** MediaPipe's lists of {start, end} for lips, eyes, brows, irises and the outline; empty before `load`. */
  contours = [];

  /** `delegate`: "auto", "gpu" or "cpu". Where there is no GPU the CPU delegate is several times faster. */
  constructor(delegate, withBlendshapes) {
    this.choice = delegate;
    this.delegate = delegate === "cpu" || (delegate === "auto" && !hasRealGpu()) ? "CPU" : "GPU";
    this.withBlendshapes = withBlendshapes;
  }

  /** Loads code and model. A GPU that fails is replaced by the CPU. Throws Problem. */
  async load() {
    try {
      this.contours = await contours();
      this.#tracker = await this.#create();
    } catch (error) {
      if (this.delegate === "CPU") throw new Problem("tracker", error);
      this.delegate = "CPU";
      await this.load();
    }
  }

  get ready() {
    return this.#tracker !== null;
  }

  async setBlendshapes(withBlendshapes) {
    this.withBlendshapes = withBlendshapes;
    await this.#tracker?.setBlendshapes(withBlendshapes);
  }

  /** {landmarks, faceTransform, blendshapes} as the packet wants them, or null without a face. */
  async detect(video, timeMs) {
    // MediaPipe wants every timestamp above the last.
    this.#lastMs = Math.max(timeMs, this.#lastMs + 1);
    const startMs = performance.now();
    const face = await this.#tracker?.detect(video, this.#lastMs);
    this.#judgeGpu(performance.now() - startMs);
    return face;
  }

  /** @returns {Promise<Tracker>} */
  async #create() {
    if (this.delegate === "CPU") {
      try {
        return await WorkerTracker.create(this.withBlendshapes);
      } catch (error) {
        console.info(`${error.message} The tracker runs in the page.`);
      }
    }
    const { TrackerTask } = await import("./tracker_task.js");
    return oneAtATime(() => TrackerTask.create(this.delegate, this.withBlendshapes));
  }

  /** After a short trial, a GPU that is too slow for the camera is replaced by the CPU, once. */
  #judgeGpu(tookMs) {
    if (this.choice !== "auto" || this.delegate !== "GPU" || this.#trial.length >= TRIAL_FRAMES) return;
    this.#trial.push(tookMs);
    if (this.#trial.length < TRIAL_FRAMES) return;
    if (this.#trial.toSorted((a, b) => a - b)[TRIAL_FRAMES / 2] < SLOW_GPU_MS) return;
    this.delegate = "CPU";
    const slow = this.#tracker;
    this.#create().then((tracker) => {
      this.#tracker = tracker;
      slow?.close();
    });
  }
}

async function contours() {
  const { FaceLandmarker } = await import("/mediapipe/vision_bundle.mjs");
  return [FaceLandmarker.FACE_LANDMARKS_CONTOURS, FaceLandmarker.FACE_LANDMARKS_LEFT_IRIS, FaceLandmarker.FACE_LANDMARKS_RIGHT_IRIS].flat();
}
