// Lips and cheeks slide out in front of the teeth (landmark_driver/head/lip_arches.py).

const LEAST_M = 1e-4;
const MOST_M = 0.012;
const BEYOND_M = 0.002;
const WITHIN_M = 0.0005;
const UPPER = 0, LOWER = 1;

export class Arches {
  name = "arches";
  #own;
  #directions;
  #farthest;
  #point = new Float64Array(3);

  constructor(own) {
    this.#own = own;
    this.#directions = own.radius.length / 2;
    this.#farthest = [UPPER, LOWER].map((jaw) => Math.max(...this.#table(jaw)));
  }

  apply({ vertices }) {
    const { upper, lower, floor, ceiling } = this.#own;
    const point = this.#point, gaps = [this.#own.upper_gap, this.#own.lower_gap];
    upper.forEach((vertex, k) => {
      for (let axis = 0; axis < 3; axis += 1) point[axis] = vertices[3 * vertex + axis];
      if (this.#slide(UPPER, gaps[UPPER][k], point)) vertices.set(point, 3 * vertex);
    });
    const [turn, shift] = this.#pose(vertices);
    const back = inverse(turn);
    const intoJaw = (vertex) => {
      const away = shift.map((moved, axis) => vertices[3 * vertex + axis] - moved);
      for (let axis = 0; axis < 3; axis += 1) point[axis] = along(away, back, axis);
    };
    const fromJaw = (vertex) => {
      for (let axis = 0; axis < 3; axis += 1) vertices[3 * vertex + axis] = along(point, turn, axis) + shift[axis];
    };
    lower.forEach((vertex, k) => {
      intoJaw(vertex);
      if (this.#slide(LOWER, gaps[LOWER][k], point)) fromJaw(vertex);
    });
    floor.forEach((vertex, k) => {
      intoJaw(vertex);
      if (point[1] <= ceiling[k]) return;
      point[1] = ceiling[k];
      fromJaw(vertex);
    });
  }

  /** Moves a point out of an arch, with a gap. Returns whether it moved. */
  #slide(jaw, gap, point) {
    const { centre, heights } = this.#own;
    const amount = amountAt(point[1], heights[2 * jaw], heights[2 * jaw + 1]);
    const x = point[0] - centre[2 * jaw], z = point[2] - centre[2 * jaw + 1];
    const distance = Math.hypot(x, z);
    if (amount <= 0 || distance >= this.#farthest[jaw] + gap) return false;
    const wanted = this.#radius(jaw, x, z) + gap;
    if (wanted <= distance) return false;
    const push = (amount * Math.min(wanted - distance, MOST_M)) / Math.max(distance, LEAST_M);
    point[0] += x * push;
    point[2] += z * push;
    return true;
  }

  /** The radius in a direction, from the table by numbers that grow with its angle. */
  #radius(jaw, x, z) {
    const share = x / Math.max(Math.abs(x) + Math.abs(z), 1e-12);
    const number = z >= 0 ? share : (x < 0 ? -2 : 2) - share;
    const table = this.#table(jaw), at = ((number + 2) * (table.length - 1)) / 4;
    const k = Math.min(Math.floor(at), table.length - 2);
    return table[k] + (at - k) * (table[k + 1] - table[k]);
  }

  #table(jaw) {
    return this.#own.radius.subarray(jaw * this.#directions, (jaw + 1) * this.#directions);
  }

  /**
   * The mandible's affine map: its three rows, and its shift.
   * @returns {[number[][], number[]]}
   */
  #pose(vertices) {
    const { markers, pose } = this.#own;
    const rows = [0, 1, 2, 3].map((row) => [0, 1, 2].map((axis) => {
      let sum = 0;
      for (let k = 0; k < markers.length; k += 1) sum += pose[row * markers.length + k] * vertices[3 * markers[k] + axis];
      return sum;
    }));
    return [rows.slice(0, 3), rows[3]];
  }
}

/** How much of a push there is at a height: none beyond the crowns, all within them. */
function amountAt(y, lowest, highest) {
  const over = (y - lowest + BEYOND_M) / (BEYOND_M + WITHIN_M);
  const under = (highest + BEYOND_M - y) / (BEYOND_M + WITHIN_M);
  return Math.min(Math.max(Math.min(over, under), 0), 1);
}

/** A row times a matrix of three rows: one of its entries. */
function along(row, matrix, column) {
  return row[0] * matrix[0][column] + row[1] * matrix[1][column] + row[2] * matrix[2][column];
}

function inverse(m) {
  const minors = [0, 1, 2].map((j) => [0, 1, 2].map((i) => {
    const [a, b, c, d] = [(i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3];
    return m[a][c] * m[b][d] - m[a][d] * m[b][c];
  }));
  const determinant = m[0][0] * minors[0][0] + m[0][1] * minors[1][0] + m[0][2] * minors[2][0];
  return minors.map((row) => row.map((minor) => minor / determinant));
}
