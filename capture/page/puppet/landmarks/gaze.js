// Where the eyes look: eyeball rotations from the iris landmarks (landmark_driver/landmarks/gaze.py). Angles are (left, right) ×
// (yaw, pitch) in radians; left is the subject's.

import { ARKIT_NAMES } from "../../frames/arkit.js";

const SIDES = [
  { iris: 473, lids: [386, 374], corners: [263, 362] },
  { iris: 468, lids: [159, 145], corners: [33, 133] },
];
/** Where the eyeLook shapes are among the 52. */
export const GAZE = ARKIT_NAMES.flatMap((name, index) => (name.startsWith("eyeLook") ? [index] : []));
const EYEBALL_RADIUS_M = 0.012;
const LARGEST_SINE = 0.7;
const CLOSED = 0.1;
const OPEN = 0.2;
// For each angle the shapes that a positive and a negative one mean.
const LOOKS = [
  ["eyeLookOutLeft", "eyeLookInLeft"],
  ["eyeLookDownLeft", "eyeLookUpLeft"],
  ["eyeLookInRight", "eyeLookOutRight"],
  ["eyeLookDownRight", "eyeLookUpRight"],
];

/** Changes `angles` to where the irises point; behind closed lids they stay. `points` are the performer's. */
export function followGaze(points, displacements, angles) {
  SIDES.forEach(({ iris, lids, corners }, eye) => {
    const shift = [0, 1].map(
      (axis) => displacements[3 * iris + axis] - (displacements[3 * corners[0] + axis] + displacements[3 * corners[1] + axis]) / 2,
    );
    const opening = distance(points, ...lids) / distance(points, ...corners);
    const trust = clamp((opening - CLOSED) / (OPEN - CLOSED), 0, 1);
    [shift[0], -shift[1]].forEach((way, axis) => {
      const angle = Math.asin(clamp(way / EYEBALL_RADIUS_M, -LARGEST_SINE, LARGEST_SINE));
      angles[2 * eye + axis] += trust * (angle - angles[2 * eye + axis]);
    });
  });
}

/** Writes the weights of the 52 shapes that turn the eyeballs by these angles; zero but for the eyeLook shapes. */
export function lookWeights(angles, gazeTurns, weights) {
  weights.fill(0);
  LOOKS.forEach((names, at) => {
    const eye = at >> 1;
    const shape = ARKIT_NAMES.indexOf(names[angles[at] >= 0 ? 0 : 1]);
    const turn = gazeTurns.subarray(6 * shape + 3 * eye, 6 * shape + 3 * eye + 3);
    weights[shape] = Math.min(Math.abs(angles[at]) / Math.hypot(...turn), 1);
  });
}

/** Writes the rotated eyeballs into `vertices`. */
export function turnEyeballs(vertices, { neutral, eyeVertices, eyeCentres }, angles) {
  const each = eyeVertices.length / 2;
  for (let eye = 0; eye < 2; eye += 1) {
    const r = turn(angles[2 * eye], angles[2 * eye + 1]);
    const centre = eyeCentres.subarray(3 * eye, 3 * eye + 3);
    for (let k = eye * each; k < (eye + 1) * each; k += 1) {
      const at = 3 * eyeVertices[k];
      const x = neutral[at] - centre[0], y = neutral[at + 1] - centre[1], z = neutral[at + 2] - centre[2];
      for (let i = 0; i < 3; i += 1) vertices[at + i] = r[3 * i] * x + r[3 * i + 1] * y + r[3 * i + 2] * z + centre[i];
    }
  }
}

/** Pitch about x, then yaw about y. */
function turn(yaw, pitch) {
  const cy = Math.cos(yaw), sy = Math.sin(yaw), cp = Math.cos(pitch), sp = Math.sin(pitch);
  return [cy, sy * sp, sy * cp, 0, cp, -sp, -sy, cy * sp, cy * cp];
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const distance = (points, a, b) =>
  Math.hypot(points[3 * a] - points[3 * b], points[3 * a + 1] - points[3 * b + 1], points[3 * a + 2] - points[3 * b + 2]);
