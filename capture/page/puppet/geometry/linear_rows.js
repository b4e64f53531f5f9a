// Points that are a linear function of driven vertices: base + A (v - reference), with A by rows.

export class LinearRows {
  #base;
  #reference;
  #starts;
  #columns;
  #values;
  #away;

  /**
   * @param {Record<string, any>} arrays the puppet's
   */
  constructor(arrays) {
    this.#base = arrays["shown.base"];
    this.#reference = arrays["shown.reference"];
    this.#starts = arrays["shown.starts"];
    this.#columns = arrays["shown.columns"];
    this.#values = arrays["shown.values"];
    this.#away = new Float32Array(this.#reference.length);
    this.count = this.#base.length / 3;
  }

  /**
   * Writes the rows from `first` to `end` to `positions` from its number `at` on.
   * @param {ArrayLike<number>} vertices
   * @param {Float32Array} positions
   */
  write(vertices, positions, first = 0, end = this.count, at = 3 * first) {
    const [base, away, starts, columns, values] = [this.#base, this.#away, this.#starts, this.#columns, this.#values];
    for (let k = 0; k < away.length; k += 1) away[k] = vertices[k] - this.#reference[k];
    for (let row = first, to = at; row < end; row += 1, to += 3) {
      let x = base[3 * row], y = base[3 * row + 1], z = base[3 * row + 2];
      for (let k = starts[row]; k < starts[row + 1]; k += 1) {
        const from = 3 * columns[k];
        const share = values[k];
        x += share * away[from];
        y += share * away[from + 1];
        z += share * away[from + 2];
      }
      positions[to] = x;
      positions[to + 1] = y;
      positions[to + 2] = z;
    }
  }
}
