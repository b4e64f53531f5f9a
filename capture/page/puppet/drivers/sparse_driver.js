// The live SparseSoftDECA: landmark displacements to vertices by the compiled frame (landmark_driver/drivers/sparse_driver.py).

import { frameProgram, restingFrame } from "../network/frame_program.js";

// A network is what runs the stages before this one: the program's own, or litert_network.js.
const AFTER_NETWORK = "sway";

export class SparseDriver {
  /** @type {(error: Error) => void} Is called with the error of a network that failed and was replaced by plain JavaScript. */
  onFailure = () => {};
  #network;
  #afterwards;
  #frame;

  /** `file`: a compiled frame (files/frame_file.js). */
  constructor(file) {
    const program = frameProgram(file);
    /** The network in plain JavaScript. */
    this.plain = program.before(AFTER_NETWORK);
    this.#network = this.plain;
    this.#afterwards = program.from(AFTER_NETWORK);
    this.#frame = restingFrame(file);
    /** Milliseconds that the network took in the last frame. */
    this.networkMs = 0;
  }

  /** From the next frame on this computes. */
  use(network) {
    this.#network = network;
  }

  get runtime() {
    return this.#network.runtime;
  }

  /** Metres, head frame, of the last frame. */
  get vertices() {
    return this.#frame.vertices;
  }

  /** Moves `vertices` for landmark displacements (478 × 3, metres), gaze and sway (m/s², or null). */
  async drive(displacements, gaze, sway) {
    const frame = this.#frame;
    frame.displacements.set(displacements);
    frame.gaze.set(gaze);
    frame.sway = sway;
    const startMs = performance.now();
    await this.#compute(frame);
    this.networkMs = performance.now() - startMs;
    this.#afterwards.run(frame);
  }

  async #compute(frame) {
    try {
      await this.#network.run(frame);
    } catch (error) {
      if (this.#network === this.plain) throw error;
      this.#network = this.plain;
      this.onFailure(error);
      this.plain.run(frame);
    }
  }
}
