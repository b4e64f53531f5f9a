// What this page times: plain JavaScript always, MediaPipe and the chain where the desktop has them.

import { addTimesRows, makeNetwork, readNetwork } from "./network.js";
import { loadLiteRtNetwork } from "./litert.js";
import { displacementsFrom, loadTracker } from "./tracker.js";

const SHAPES = 52;
// An exported model may have weights of half precision.
const AGREEMENT_MM = 0.1;
const YARDSTICK = [192, 13824];

/** {subjects, absent, maxErrorMm}; `subjects` are {model, runtime, call, macs, bytes, initMs}. */
export async function makeSubjects(networkBuffer, model, face, delegate) {
  const started = performance.now();
  const file = readNetwork(networkBuffer);
  const network = makeNetwork(file);
  const { input, expected, decoder } = file.arrays;
  const result = network(input);
  const initMs = performance.now() - started;
  let maxErrorMm = 0;
  for (let i = 0; i < result.length; i++) maxErrorMm = Math.max(maxErrorMm, 1000 * Math.abs(result[i] - expected[i]));
  const moving = expected.length;
  const subjects = [
    yardstick(),
    { model: "linear blendshapes", call: blendshapes(decoder, moving), macs: SHAPES * moving, bytes: 4 * moving * (SHAPES + 2) },
    { model: "network", call: () => network(input), macs: file.macs, bytes: file.bytes, initMs },
  ];
  const absent = [];
  try {
    subjects.push(await liteRtSubject(model, input));
  } catch (error) {
    absent.push({ model: "network", runtime: "litert.js", note: String(error.message ?? error) });
  }
  try {
    subjects.push(...(await trackerSubjects(face, delegate, network)));
  } catch (error) {
    absent.push({ model: "tracker", runtime: `mediapipe ${delegate}`, note: String(error.message ?? error) });
  }
  return { subjects: subjects.map((subject) => ({ runtime: "javascript", ...subject })), absent, maxErrorMm };
}

function blendshapes(decoder, moving) {
  const weights = Float32Array.from({ length: SHAPES }, (_, i) => (i % 7) / 7);
  const neutral = new Float32Array(moving);
  const vertices = new Float32Array(moving);
  return () => {
    vertices.set(neutral);
    addTimesRows(weights, decoder, vertices);
  };
}

function yardstick() {
  const [rows, columns] = YARDSTICK;
  const matrix = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 2654435761) % 4096) / 4096 - 0.5);
  const vector = Float32Array.from({ length: rows }, (_, i) => ((i * 40503) % 512) / 512);
  const out = new Float32Array(columns);
  const call = () => {
    out.fill(0);
    addTimesRows(vector, matrix, out);
  };
  return { model: "yardstick", call, macs: rows * columns, bytes: 4 * (rows * columns + rows + columns) };
}

async function liteRtSubject(model, input) {
  if (!model) throw new Error("the desktop has no LiteRT.js or no exported model to serve");
  const started = performance.now();
  const { call, vertices } = await loadLiteRtNetwork(model.bytes, input);
  const initMs = performance.now() - started;
  const errorMm = 1000 * vertices.reduce((largest, value, i) => Math.max(largest, Math.abs(value - model.vertices[i])), 0);
  if (!(errorMm <= AGREEMENT_MM)) throw new Error(`differs from NumPy by ${errorMm} mm, expected ${AGREEMENT_MM} at most`);
  return { model: "network", runtime: "litert.js", call, bytes: model.bytes.byteLength, initMs };
}

async function trackerSubjects(face, delegate, network) {
  if (!face) throw new Error("the desktop has no MediaPipe page or model to serve");
  const started = performance.now();
  const { track, landmarks } = await loadTracker(face, delegate);
  const initMs = performance.now() - started;
  const flatten = displacementsFrom(landmarks);
  const chain = () => network(flatten(track() ?? landmarks));
  const runtime = `mediapipe ${delegate.toLowerCase()}`;
  return [
    { model: "tracker", runtime, call: track, initMs },
    { model: "chain", runtime: `${runtime} + javascript`, call: chain },
  ];
}
