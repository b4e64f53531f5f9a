// MediaPipe's picture landmarks as points in space, by undoing the perspective it assumed (landmark_driver/landmarks/perspective.py).

import { LANDMARK_COUNT } from "../../frames/packet.js";

const FRUSTUM_HEIGHT = 2 * Math.tan((63 / 2) * (Math.PI / 180));
const M_PER_CM = 0.01;
const SMALLEST_FACE_M = 0.01;

// The pose's 33 weighted landmarks and their canonical centroid: metadata inside face_landmarker.task.
const POSE_LANDMARKS = [
  4, 6, 10, 33, 54, 67, 117, 119, 121, 127, 129, 132, 133, 136, 143, 147, 198, 205,
  263, 284, 297, 346, 348, 350, 356, 358, 361, 362, 365, 372, 376, 420, 425,
];
const MIDDLE_WEIGHTS = [0.07091, 0.0321, 0.008447];
const SIDE_WEIGHTS = [
  0.058724, 0.007667, 0.009078, 0.009792, 0.014565, 0.018591, 0.005198, 0.120625, 0.00556, 0.053286, 0.06689, 0.014817,
  0.014263, 0.025462, 0.047252,
];
const POSE_WEIGHTS = normalised([...MIDDLE_WEIGHTS, ...SIDE_WEIGHTS, ...SIDE_WEIGHTS]);
const CANONICAL_CENTROID_CM = [0, -0.26252034, 3.74073924];

/**
 * {points (478 × 3), poseFace (16)}: the landmarks in MediaPipe's face frame and T_camera_face row by row, metres; null where
 * there is no face, or where its numbers cannot be a face's.
 * @param {import("../../frames/packet.js").CapturedFrame} frame
 */
export function faceIn({ landmarks, faceTransform, imageSizePx }) {
  if (!landmarks || !faceTransform) return null;
  const face = undoPerspective(landmarks, faceTransform, imageSizePx);
  return plausible(face.points) ? face : null;
}

/**
 * @param {ArrayLike<number>} landmarks
 * @param {ArrayLike<number>} pose
 * @param {[number, number]} imageSizePx
 */
function undoPerspective(landmarks, pose, [width, height]) {
  const frustumWidth = (FRUSTUM_HEIGHT * width) / height;
  const depths = depthsOf(landmarks, pose, frustumWidth);
  const poseFace = Float64Array.from(pose);
  for (const at of [3, 7, 11]) poseFace[at] *= M_PER_CM;
  const points = new Float64Array(3 * LANDMARK_COUNT);
  for (let i = 0; i < LANDMARK_COUNT; i += 1) {
    const x = M_PER_CM * (landmarks[3 * i] - 0.5) * frustumWidth * depths[i] - poseFace[3];
    const y = M_PER_CM * (0.5 - landmarks[3 * i + 1]) * FRUSTUM_HEIGHT * depths[i] - poseFace[7];
    const z = -M_PER_CM * depths[i] - poseFace[11];
    for (let j = 0; j < 3; j += 1) points[3 * i + j] = x * poseFace[j] + y * poseFace[4 + j] + z * poseFace[8 + j];
  }
  return { points, poseFace };
}

/**
 * D_i = D_c (1 + w (z_i - mean z)), with D_c from where the pose puts the canonical centroid; centimetres.
 * @param {ArrayLike<number>} landmarks
 * @param {ArrayLike<number>} pose
 * @param {number} frustumWidth
 */
function depthsOf(landmarks, pose, frustumWidth) {
  let mean = 0;
  for (let i = 0; i < LANDMARK_COUNT; i += 1) mean += landmarks[3 * i + 2] / LANDMARK_COUNT;
  const relative = new Float64Array(LANDMARK_COUNT);
  for (let i = 0; i < LANDMARK_COUNT; i += 1) relative[i] = 1 + frustumWidth * (landmarks[3 * i + 2] - mean);
  const [x, y, z] = CANONICAL_CENTROID_CM;
  const centroid = -(pose[8] * x + pose[9] * y + pose[10] * z + pose[11]);
  const weighted = POSE_LANDMARKS.reduce((sum, landmark, k) => sum + POSE_WEIGHTS[k] * relative[landmark], 0);
  return relative.map((value) => (centroid / weighted) * value);
}

/** @param {ArrayLike<number>} points */
function plausible(points) {
  let largest = 0;
  for (let axis = 0; axis < 3; axis += 1) {
    let low = Infinity;
    let high = -Infinity;
    for (let at = axis; at < points.length; at += 3) {
      if (!Number.isFinite(points[at])) return false;
      low = Math.min(low, points[at]);
      high = Math.max(high, points[at]);
    }
    largest = Math.max(largest, high - low);
  }
  return largest > SMALLEST_FACE_M;
}

/** @param {number[]} weights */
function normalised(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
