// The opening between the lips, from the places that the skin and the mouth's cavity share. Their rows need not be the same:
// where pictures have seams, a place has several.

const MIDDLE_M = 0.009;

export class MouthRim {
  #rows;

  /** `ofSkin` and `ofMouth`: the corners of both surfaces' triangles; `positions`: of a neutral face. */
  constructor(ofSkin, ofMouth, positions) {
    const place = (row) => positions.slice(3 * row, 3 * row + 3).join();
    const skin = new Set(Array.from(ofSkin, place));
    this.#rows = [...new Set(ofMouth)].filter((row) => skin.has(place(row)));
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
