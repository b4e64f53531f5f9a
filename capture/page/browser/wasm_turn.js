// MediaPipe and LiteRT.js load WebAssembly through the same global name: one after the other.

/** @type {Promise<unknown>} */
let before = Promise.resolve();

/**
 * What `load` resolves with, started when those before it are done.
 * @template Loaded
 * @param {() => Promise<Loaded>} load
 * @returns {Promise<Loaded>}
 */
export function oneAtATime(load) {
  const done = before.then(load);
  before = done.catch(() => {});
  return done;
}
