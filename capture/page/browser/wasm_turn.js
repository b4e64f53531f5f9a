// MediaPipe and LiteRT.js load WebAssembly through the same global name: one after the other.

let before = Promise.resolve();

/** What `load` resolves with, started when those before it are done. */
export function oneAtATime(load) {
  const done = before.then(load);
  before = done.catch(() => {});
  return done;
}
