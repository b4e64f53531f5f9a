// Events per second over the last two seconds.

const WINDOW_MS = 2000;

export class Rate {
  #times = [];

  tick(nowMs) {
    this.#times.push(nowMs);
  }

  perSecond(nowMs) {
    this.#times = this.#times.filter((time) => time > nowMs - WINDOW_MS);
    return (this.#times.length * 1000) / WINDOW_MS;
  }
}
