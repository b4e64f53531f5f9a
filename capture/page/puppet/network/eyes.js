// Eyeballs turned about their centres from where they are on the neutral head (landmark_driver/head/eyes.py).

export class Eyes {
  name = "eyes";
  #vertices;
  #centres;
  #neutral;

  constructor({ vertices, centres }, neutral) {
    this.#vertices = vertices;
    this.#centres = centres;
    this.#neutral = neutral;
  }

  apply({ gaze, vertices }) {
    const neutral = this.#neutral;
    const each = this.#vertices.length / 2;
    for (let eye = 0; eye < 2; eye += 1) {
      const r = turn(gaze[2 * eye], gaze[2 * eye + 1]);
      const centre = this.#centres.subarray(3 * eye, 3 * eye + 3);
      for (let k = eye * each; k < (eye + 1) * each; k += 1) {
        const at = 3 * this.#vertices[k];
        const x = neutral[at] - centre[0], y = neutral[at + 1] - centre[1], z = neutral[at + 2] - centre[2];
        for (let i = 0; i < 3; i += 1) vertices[at + i] = r[3 * i] * x + r[3 * i + 1] * y + r[3 * i + 2] * z + centre[i];
      }
    }
  }
}

/** Pitch about x, then yaw about y. */
function turn(yaw, pitch) {
  const cy = Math.cos(yaw), sy = Math.sin(yaw), cp = Math.cos(pitch), sp = Math.sin(pitch);
  return [cy, sy * sp, sy * cp, 0, cp, -sp, -sy, cy * sp, cy * cp];
}
