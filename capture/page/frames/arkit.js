// The 52 ARKit expression names in the canonical order of the packet (capture/frames/arkit.py has the same table).

export const ARKIT_NAMES = `
  eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft eyeWideLeft
  eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight eyeSquintRight eyeWideRight
  jawForward jawLeft jawRight jawOpen
  mouthClose mouthFunnel mouthPucker mouthLeft mouthRight mouthSmileLeft mouthSmileRight
  mouthFrownLeft mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight
  mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthPressLeft mouthPressRight
  mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft mouthUpperUpRight
  browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight
  cheekPuff cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight tongueOut
`.trim().split(/\s+/);

const INDEX = new Map(ARKIT_NAMES.map((name, index) => [name, index]));

/**
 * MediaPipe's score categories as 52 floats in canonical order; what it does not know (tongueOut) is 0.
 * @param {{categoryName: string, score: number}[]} categories
 */
export function arkitScores(categories) {
  const scores = new Float32Array(ARKIT_NAMES.length);
  for (const { categoryName, score } of categories) {
    const index = INDEX.get(categoryName);
    if (index !== undefined) scores[index] = score;
  }
  return scores;
}
