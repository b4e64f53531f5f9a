// How long to wait before connecting again: doubling, with jitter so that several phones do not knock at once.

const FIRST_MS = 250;
const LONGEST_MS = 8000;

/** Milliseconds to wait after `failures` failures in a row; `random` is in 0..1. Between half and all of 250 · 2ⁿ, at most 8 s. */
export function backoffMs(failures, random = Math.random()) {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return full * (0.5 + 0.5 * random);
}
