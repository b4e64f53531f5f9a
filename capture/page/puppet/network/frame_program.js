// The compiled frame: named stages in the order of the file (landmark_driver/network/frame_program.py, frame_file.py).
// Every browser runs them; litert_network.js is faster up to the residual where it can be had.

import { Arches } from "./arches.js";
import { Bounds } from "./bounds.js";
import { Corrector } from "./corrector.js";
import { Decoder } from "./decoder.js";
import { Edit } from "./edit.js";
import { Eyes } from "./eyes.js";
import { EYE_LOOKS } from "./latent.js";
import { Lips } from "./lips.js";
import { Looks } from "./looks.js";
import { Posterior } from "./posterior.js";
import { Residual } from "./residual.js";
import { Seal } from "./seal.js";
import { Sway } from "./sway.js";

// From a stage's own arrays and, where it needs those of others, all of the file's.
const MAKE = {
  looks: (own) => new Looks(own),
  posterior: (own) => new Posterior(own),
  corrector: (own) => new Corrector(own),
  bounds: (own) => new Bounds(own),
  decoder: (own) => new Decoder(own),
  residual: (own, arrays) => new Residual(own, arraysOf(arrays, "decoder")),
  edit: (own, arrays) => new Edit(own, arrays["decoder.rest_latent"]),
  sway: (own) => new Sway(own),
  arches: (own) => new Arches(own),
  seal: (own, arrays) => new Seal(own, arrays["decoder.rest_latent"]),
  lips: (own) => new Lips(own),
  eyes: (own, arrays) => new Eyes(own, arrays["decoder.neutral_vertices"]),
};

/** One frame on its way through the stages: each reads some entries and writes others. */
export class Frame {
  /** How many numbers landmarks, latent and vertices have. */
  constructor(coordinates, latents, places) {
    /** (left, right) × (yaw, pitch), radians. */
    this.gaze = new Float64Array(4);
    /** Of the landmarks from neutral, metres. */
    this.displacements = new Float32Array(coordinates);
    /** The acceleration that tissue feels besides gravity, head frame, m/s²; null for none. */
    this.sway = null;
    this.lookLatents = new Float32Array(EYE_LOOKS.length);
    this.latent = new Float32Array(latents);
    /** Metres, head frame. */
    this.vertices = new Float32Array(places);
  }
}

export class FrameProgram {
  runtime = "JavaScript";

  constructor(stages) {
    this.stages = stages;
  }

  /** Runs all stages on a frame, which is changed and returned. */
  run(frame) {
    for (const stage of this.stages) stage.apply(frame);
    return frame;
  }

  /** The stage of a name that the program has. */
  stage(name) {
    return this.stages.find((stage) => stage.name === name);
  }

  /** The program of the stages before this one; all where there is none of this name. */
  before(name) {
    return new FrameProgram(this.stages.slice(0, this.#place(name)));
  }

  /** The program of the stages from this one on. */
  from(name) {
    return new FrameProgram(this.stages.slice(this.#place(name)));
  }

  #place(name) {
    const place = this.stages.indexOf(this.stage(name));
    return place < 0 ? this.stages.length : place;
  }
}

/** The program of a file (files/frame_file.js). Throws Error for a stage that there is none of. */
export function frameProgram({ metadata, arrays }) {
  const names = metadata.stages.split(" ");
  return new FrameProgram(names.map((name) => {
    if (MAKE[name]) return MAKE[name](arraysOf(arrays, name), arrays);
    throw new Error(`Expected the stages ${Object.keys(MAKE).join(", ")}, got '${name}'. Reload the page.`);
  }));
}

/** A frame for a file's program, at rest. */
export function restingFrame({ arrays }) {
  const latents = arrays["posterior.offset"].length;
  const coordinates = arrays["posterior.gain"].length / latents;
  const frame = new Frame(coordinates, latents, arrays["decoder.resting_vertices"].length);
  frame.vertices.set(arrays["decoder.resting_vertices"]);
  return frame;
}

/** A stage's own arrays, without its name before theirs. */
function arraysOf(arrays, stage) {
  const own = Object.entries(arrays).filter(([name]) => name.startsWith(`${stage}.`));
  return Object.fromEntries(own.map(([name, array]) => [name.slice(stage.length + 1), array]));
}
