// One frame in, one moved face out: calibrate, correct, open, smooth, drive; ease to neutral when it is lost
// (landmark_driver/live/face_driver.py).

import { SecondaryMotion } from "./landmarks/secondary_motion.js";
import { SparseDriver } from "./drivers/sparse_driver.js";
import { Apertures } from "./landmarks/apertures.js";
import { Calibration, neutralPoints } from "./landmarks/calibration.js";
import { followGaze } from "./landmarks/gaze.js";
import { faceIn } from "./landmarks/perspective.js";
import { InnovationFilter } from "./landmarks/smoothing.js";
import { TrackerResponse } from "./landmarks/tracker_response.js";

const CALIBRATION_S = 1;
const HOLD_S = 0.15;
const EASE_S = 0.25;
// Per landmark group: face, brows, lids, lips, iris.
const CUTOFF_HZ = [0.8, 1, 3, 1.5, 2.5];
const THRESHOLD_M = [1.2e-3, 1.2e-3, 0.6e-3, 1e-3, 1e-3];

/** Holds what lasts from frame to frame: the neutral, the filters, the last expression. */
export class FaceDriver {
  #neutralLandmarks;
  #rigidity;
  #driver;
  #response;
  #filter;
  #sway;
  /** @type {Calibration | null} Made of the first face. */
  #calibration = null;
  /** @type {Apertures | null} Made with the calibration. */
  #apertures = null;
  #displacements;
  #gaze = new Float64Array(4);
  #pose = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
  #lastSeenS = -Infinity;
  #lastTimeS = -Infinity;
  #moments = [];
  #momentsSinceS = Infinity;
  #calibrated = false;
  #calibrateNext = true;

  /** `puppet`: what puppet_store.js reads. */
  constructor(puppet) {
    const { arrays } = puppet;
    const groups = arrays["calibration.landmark_groups"];
    this.#neutralLandmarks = arrays["calibration.neutral_landmarks"];
    this.#rigidity = arrays["calibration.rigidity_weights"];
    this.#driver = new SparseDriver(puppet);
    this.#response = new TrackerResponse(puppet);
    this.#filter = new InnovationFilter(
      Float64Array.from(groups, (group) => CUTOFF_HZ[group]),
      Float64Array.from(groups, (group) => THRESHOLD_M[group]),
    );
    this.#sway = new SecondaryMotion(arrays["sway.omega"][0], arrays["sway.centre"]);
    this.#displacements = new Float64Array(this.#neutralLandmarks.length);
  }

  /** Takes the next second of frames for the neutral. */
  calibrate() {
    this.#calibrateNext = true;
  }

  /** What comes next has nothing to do with what came before: no smoothing across. */
  restart() {
    this.#filter.reset();
    this.#lastSeenS = this.#lastTimeS = -Infinity;
    this.#calibrateNext ||= !this.#calibrated;
  }

  /** Milliseconds that the network alone took in the last frame. */
  get networkMs() {
    return this.#driver.networkMs;
  }

  /** The network in plain JavaScript. */
  get plain() {
    return this.#driver.plain;
  }

  /** What computes the network. */
  get runtime() {
    return this.#driver.runtime;
  }

  /** From the next frame on `network` computes; `onFailure` is called with the error if it stops and plain JavaScript takes over. */
  use(network, onFailure) {
    this.#driver.use(network);
    this.#driver.onFailure = onFailure;
  }

  /**
   * The face of a frame (encodeFrame's argument in packet.js): {tracked, calibrated, vertices (V × 3, metres, head frame),
   * pose (T_camera_head, 16, row by row)}. The next call writes the vertices anew, and must wait for this one.
   */
  async drive(frame) {
    const timeS = frame.captureTimeS;
    if (timeS < this.#lastTimeS) this.restart();
    const face = faceIn(frame);
    if (face) this.#follow(face, timeS);
    else this.#easeToNeutral(timeS);
    this.#lastTimeS = timeS;
    const sway = face ? this.#sway.apply(this.#pose, timeS) : null;
    if (!face) this.#sway.reset();
    await this.#driver.drive(this.#displacements, this.#gaze, sway);
    const calibrated = this.#calibrated && !this.#calibrateNext;
    return { tracked: Boolean(face), calibrated, vertices: this.#driver.vertices, pose: this.#pose };
  }

  #follow(face, timeS) {
    this.#gatherNeutral(face.points, timeS);
    this.#pose = this.#calibration?.apply(face, this.#displacements) ?? this.#pose;
    this.#response.apply(this.#displacements);
    if (this.#calibration) this.#apertures?.apply(this.#calibration.points, this.#displacements, timeS);
    this.#filter.apply(this.#displacements, timeS, this.#displacements);
    followGaze(face.points, this.#displacements, this.#gaze);
    this.#lastSeenS = timeS;
  }

  /** Until a neutral is complete, what was seen of it stands in for it, taken anew whenever the frames have doubled. */
  #gatherNeutral(points, timeS) {
    if (this.#calibrateNext) {
      this.#calibrateNext = this.#calibrated = false;
      this.#moments = [];
      this.#momentsSinceS = timeS;
    }
    if (this.#calibrated) return;
    const count = this.#moments.push(points);
    this.#calibrated = timeS - this.#momentsSinceS >= CALIBRATION_S;
    const doubled = (count & (count - 1)) === 0;
    if (this.#calibrated || doubled) this.#setNeutral(neutralPoints(this.#moments));
  }

  #setNeutral(points) {
    this.#calibration = new Calibration(points, this.#neutralLandmarks, this.#rigidity);
    this.#apertures = new Apertures(points, this.#neutralLandmarks);
  }

  #easeToNeutral(timeS) {
    this.#filter.reset();
    const stepS = Math.max(timeS - this.#lastTimeS, 0);
    if (!(timeS - this.#lastSeenS > HOLD_S && Number.isFinite(stepS))) return;
    const fade = Math.exp(-stepS / EASE_S);
    for (let at = 0; at < this.#displacements.length; at += 1) this.#displacements[at] *= fade;
    for (let at = 0; at < this.#gaze.length; at += 1) this.#gaze[at] *= fade;
  }
}
