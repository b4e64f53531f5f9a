// What this page times: plain JavaScript always, MediaPipe and the chain where the desktop has them.

import { add, timesTransposed } from "../../capture/page/puppet/geometry/matrix.js";
import { restingFrame } from "../../capture/page/puppet/network/frame_program.js";
import { loadLiteRtNetwork } from "../../capture/page/puppet/network/litert_network.js";
import { exampleErrorMm, readNetwork } from "./network.js";
import { displacementsFrom, loadTracker } from "./tracker.js";

const SHAPES = 52;
// An exported model may have weights of half precision.
const AGREEMENT_MM = 0.1;
const YARDSTICK = [192, 13824];

/**
 * A call that is timed (timing.js adds what it measures).
 * @typedef {import("./timing.js").Timed & {model: string, runtime?: string, macs?: number, bytes?: number, initMs?: number}} Subject
 */

/** {subjects, absent, maxErrorMm} */
export async function makeSubjects(networkBuffer, model, face, delegate) {
  const started = performance.now();
  const read = readNetwork(networkBuffer);
  const { file, network, frame, macs, bytes } = read;
  network.run(frame);
  const initMs = performance.now() - started;
  /** @type {Subject[]} */
  const subjects = [
    yardstick(),
    blendshapes(file.arrays),
    { model: "network", call: () => network.run(frame), macs, bytes, initMs },
  ];
  const absent = [];
  try {
    subjects.push(await liteRtSubject(model, read));
  } catch (error) {
    absent.push({ model: "network", runtime: "litert.js", note: String(error.message ?? error) });
  }
  try {
    subjects.push(...(await trackerSubjects(face, delegate, read)));
  } catch (error) {
    absent.push({ model: "tracker", runtime: `mediapipe ${delegate}`, note: String(error.message ?? error) });
  }
  return { subjects: subjects.map((subject) => ({ runtime: "javascript", ...subject })), absent, maxErrorMm: exampleErrorMm(read) };
}

function blendshapes({ "decoder.own": own }) {
  const moving = own.length / SHAPES;
  const weights = Float32Array.from({ length: SHAPES }, (_, i) => (i % 7) / 7);
  const neutral = new Float32Array(moving);
  const vertices = new Float32Array(moving);
  const call = () => {
    timesTransposed(own, weights, vertices);
    add(vertices, neutral);
  };
  return { model: "linear blendshapes", call, macs: own.length, bytes: 4 * moving * (SHAPES + 2) };
}

function yardstick() {
  const [rows, columns] = YARDSTICK;
  const matrix = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 2654435761) % 4096) / 4096 - 0.5);
  const vector = Float32Array.from({ length: rows }, (_, i) => ((i * 40503) % 512) / 512);
  const out = new Float32Array(columns);
  const call = () => timesTransposed(matrix, vector, out);
  return { model: "yardstick", call, macs: rows * columns, bytes: 4 * (rows * columns + rows + columns) };
}

async function liteRtSubject(model, { file, network, frame }) {
  if (!model) throw new Error("the desktop has no LiteRT.js or no exported model to serve");
  const started = performance.now();
  const exported = await loadLiteRtNetwork(model, file, network, frame.displacements, AGREEMENT_MM);
  const initMs = performance.now() - started;
  const own = restingFrame(file);
  own.displacements.set(frame.displacements);
  return { model: "network", runtime: "litert.js", call: () => exported.run(own), bytes: model.byteLength, initMs };
}

async function trackerSubjects(face, delegate, { file, network }) {
  if (!face) throw new Error("the desktop has no MediaPipe page or model to serve");
  const started = performance.now();
  const { track, landmarks } = await loadTracker(face, delegate);
  const initMs = performance.now() - started;
  const flatten = displacementsFrom(landmarks);
  const frame = restingFrame(file);
  const chain = () => {
    frame.displacements.set(flatten(track() ?? landmarks));
    network.run(frame);
  };
  const runtime = `mediapipe ${delegate.toLowerCase()}`;
  return [
    { model: "tracker", runtime, call: track, initMs },
    { model: "chain", runtime: `${runtime} + javascript`, call: chain },
  ];
}
