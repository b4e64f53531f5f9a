// One call for every picture that the camera delivers, with the time at which it was taken.

const OLDEST_MS = 1000;

/** Calls `take(captureMs)` for each new picture of `video` until the returned function is called. */
export function forEachFrame(video, take) {
  let running = true;
  const next = video.requestVideoFrameCallback ? byVideoFrame : byScreenFrame;
  const step = (captureMs) => {
    if (!running) return;
    take(captureMs);
    next(video, step);
  };
  next(video, step);
  return () => {
    running = false;
  };
}

function byVideoFrame(video, step) {
  video.requestVideoFrameCallback((nowMs, { captureTime }) => {
    // Only some browsers say when the camera took the picture, and not all of them sensibly.
    const plausible = captureTime > nowMs - OLDEST_MS && captureTime <= nowMs;
    step(plausible ? captureTime : nowMs);
  });
}

function byScreenFrame(video, step) {
  const last = video.currentTime;
  const look = (nowMs) => (video.currentTime === last ? requestAnimationFrame(look) : step(nowMs));
  requestAnimationFrame(look);
}
