// Least squares with lower and upper bounds for a small, fixed matrix and a new right side every frame
// (landmark_driver/network/bounded_least_squares.py).

const MAX_ROUNDS = 40;
const MAX_DESCENTS = 10;
const FLAT = 1e-12;

/** minimise ½ xᵀ G x - hᵀ x with 0 <= x <= upper, for a positive definite G, by block principal pivoting. */
export class BoundedLeastSquares {
  #gram;
  #upper;
  #side;
  #wanted;
  #x;
  #factor;
  #free;
  #right;

  /** `gram`: n × n, row by row. */
  constructor(gram, size, upper) {
    this.#gram = gram;
    this.#upper = upper;
    this.#side = new Int8Array(size); // -1 at the lower bound, 1 at the upper, 0 free
    this.#wanted = new Int8Array(size);
    this.#x = new Float64Array(size);
    this.#factor = new Float64Array(size * size);
    this.#free = new Int16Array(size);
    this.#right = new Float64Array(size);
  }

  /** The solution; the array is written anew by the next call. The sides of the last frame are the first guess. */
  solve(linear) {
    let fewest = linear.length + 1;
    let patience = 3;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const count = this.#step(linear);
      if (count === 0) return this.#clip();
      if (count < fewest) {
        fewest = count;
        patience = 3;
        this.#side.set(this.#wanted);
      } else if (patience) {
        patience -= 1;
        this.#side.set(this.#wanted);
      } else {
        this.#changeLast();
      }
    }
    this.#step(linear);
    return this.#descend(linear);
  }

  /** The solution with these sides; what its optimality conditions ask for goes to #wanted, returned is how many change. */
  #step(linear) {
    const [side, wanted, x, upper] = [this.#side, this.#wanted, this.#x, this.#upper];
    for (let i = 0; i < x.length; i += 1) if (side[i] !== 0) x[i] = side[i] < 0 ? 0 : upper;
    this.#settleFree(linear, (i) => side[i] === 0);
    let changed = 0;
    for (let i = 0; i < x.length; i += 1) {
      const slope = this.#slope(i, linear);
      wanted[i] = side[i];
      if (side[i] === 0) wanted[i] = x[i] < 0 ? -1 : x[i] > upper ? 1 : 0;
      else if (side[i] * slope > 0) wanted[i] = 0;
      if (wanted[i] !== side[i]) changed += 1;
    }
    return changed;
  }

  #changeLast() {
    for (let i = this.#side.length - 1; i >= 0; i -= 1) {
      if (this.#wanted[i] === this.#side[i]) continue;
      this.#side[i] = this.#wanted[i];
      return;
    }
  }

  #slope(i, linear) {
    let slope = -linear[i];
    for (let j = 0, at = i * linear.length; j < linear.length; j += 1) slope += this.#gram[at + j] * this.#x[j];
    return slope;
  }

  /** Writes the minimum over the free variables into x, the others as they are: G_ff = L Lᵀ. Returns their number. */
  #settleFree(linear, isFree) {
    const [gram, x, factor, free, right] = [this.#gram, this.#x, this.#factor, this.#free, this.#right];
    const n = x.length;
    let count = 0;
    for (let i = 0; i < n; i += 1) if (isFree(i)) free[count++] = i;
    for (let r = 0; r < count; r += 1) {
      const i = free[r];
      right[r] = linear[i];
      for (let j = 0; j < n; j += 1) if (!isFree(j)) right[r] -= gram[i * n + j] * x[j];
      for (let c = 0; c <= r; c += 1) {
        let rest = gram[i * n + free[c]];
        for (let k = 0; k < c; k += 1) rest -= factor[r * n + k] * factor[c * n + k];
        factor[r * n + c] = c === r ? Math.sqrt(rest) : rest / factor[c * n + c];
      }
      for (let k = 0; k < r; k += 1) right[r] -= factor[r * n + k] * right[k];
      right[r] /= factor[r * n + r];
    }
    for (let r = count - 1; r >= 0; r -= 1) {
      for (let k = r + 1; k < count; k += 1) right[r] -= factor[k * n + r] * right[k];
      right[r] /= factor[r * n + r];
      x[free[r]] = right[r];
    }
    return count;
  }

  #clip() {
    for (let i = 0; i < this.#x.length; i += 1) this.#x[i] = Math.min(Math.max(this.#x[i], 0), this.#upper);
    return this.#x;
  }

  /** From a point within the bounds ever downhill: free the steepest, go until a bound stops. It always ends. */
  #descend(linear) {
    const x = this.#clip();
    const upper = this.#upper;
    const free = Array.from(x, (value) => value > 0 && value < upper);
    const flat = FLAT * linear.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (let turn = 0; turn < MAX_DESCENTS * x.length; turn += 1) {
      this.#settleWithin(linear, free);
      let steepest = -1;
      let steepness = flat;
      for (let i = 0; i < x.length; i += 1) {
        const inwards = free[i] ? 0 : this.#slope(i, linear) * (x[i] <= 0 ? -1 : 1);
        if (inwards > steepness) [steepest, steepness] = [i, inwards];
      }
      if (steepest < 0) break;
      free[steepest] = true;
    }
    free.forEach((isFree, i) => {
      this.#side[i] = isFree ? 0 : x[i] <= 0 ? -1 : 1;
    });
    return x;
  }

  /** The minimum over the free variables; those that meet a bound on the way stay there. */
  #settleWithin(linear, free) {
    const x = this.#x;
    while (free.includes(true)) {
      const before = x.slice();
      this.#settleFree(linear, (i) => free[i]);
      let first = -1;
      let share = Infinity;
      for (let i = 0; i < x.length; i += 1) {
        if (!free[i] || (x[i] >= 0 && x[i] <= this.#upper)) continue;
        const wall = x[i] < 0 ? 0 : this.#upper;
        const reach = Math.min(Math.max((wall - before[i]) / (x[i] - before[i]), 0), 1);
        if (reach < share) [first, share] = [i, reach];
      }
      if (first < 0) return;
      const wall = x[first] < 0 ? 0 : this.#upper;
      x.forEach((target, i) => {
        x[i] = Math.min(Math.max(before[i] + share * (target - before[i]), 0), this.#upper);
      });
      x[first] = wall;
      free[first] = false;
    }
  }
}
