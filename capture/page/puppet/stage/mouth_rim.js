// The opening between the lips, from the rows that the skin and the mouth's cavity share.

const MIDDLE_M = 0.009;

export class MouthRim {
  #rows;

  /** `ofSkin` and `ofMouth`: the corners of both surfaces' triangles. */
  constructor(ofSkin, ofMouth) {
    const skin = new Set(ofSkin);
    this.#rows = [...new Set(ofMouth)].filter((row) => skin.has(row));
  }

  /** Middle (xyz, metres, head frame) and half width and half height of the opening as it is now; null without a rim. */
  opening(positions) {
    if (!this.#rows.length) return null;
    const lowest = [Infinity, Infinity, Infinity];
    const highest = [-Infinity, -Infinity, -Infinity];
    for (const row of this.#rows) {
      for (let axis = 0; axis < 3; axis += 1) {
        if (axis > 0 && Math.abs(positions[3 * row]) > MIDDLE_M) break;
        lowest[axis] = Math.min(lowest[axis], positions[3 * row + axis]);
        highest[axis] = Math.max(highest[axis], positions[3 * row + axis]);
      }
    }
    const middle = lowest.map((low, axis) => (low + highest[axis]) / 2);
    return { middle, halfWidth: (highest[0] - lowest[0]) / 2, halfHeight: (highest[1] - lowest[1]) / 2 };
  }
}
