// The tracker on a thread of its own, by the CPU: one message asks, one answers. No module, because MediaPipe loads its
// WebAssembly with importScripts (worker_tracker.js asks).

/** @type {import("./tracker_task.js").TrackerTask} Made by the first call. */
let task;

const CALLS = {
  async create({ withBlendshapes }) {
    const { TrackerTask } = await import("./tracker_task.js");
    task = await TrackerTask.create("CPU", withBlendshapes);
  },
  setBlendshapes: ({ withBlendshapes }) => task.setBlendshapes(withBlendshapes),
  detect({ picture, timeMs }) {
    try {
      return task.detect(picture, timeMs);
    } finally {
      picture.close();
    }
  },
};

self.onmessage = async ({ data: { call, ...asked } }) => {
  try {
    postMessage({ answer: await CALLS[call](asked) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
