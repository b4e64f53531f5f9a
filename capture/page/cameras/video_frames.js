// One call for every picture that the camera delivers, with the time at which it was taken.

const OLDEST_MS = 1000;

/**
 * Calls `take(captureMs)` for each new picture of `video` until the returned function is called. Pictures that come while
 * `take` is at work wait for it, and the newest of them goes first.
 */
export function forEachFrame(video, take) {
  let running = true, busy = false, newestMs = null;
  const next = video.requestVideoFrameCallback ? byVideoFrame : byScreenFrame;
  const step = async (captureMs) => {
    if (!running) return;
    next(video, step);
    newestMs = captureMs;
    if (busy) return;
    busy = true;
    while (running && newestMs !== null) {
      const takenMs = newestMs;
      newestMs = null;
      await take(takenMs);
    }
    busy = false;
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
