// The page's side of tracker_worker.js: the same calls as TrackerTask, answered later. While one picture is searched the
// page drives and draws the one before, and a renderer without a GPU draws.

export class WorkerTracker {
  #worker = new Worker(new URL("./tracker_worker.js", import.meta.url));
  #last = Promise.resolve();

  /** Rejects where this browser cannot do that. */
  static async create(withBlendshapes) {
    if (!("VideoFrame" in window)) throw new Error("This browser has no VideoFrame.");
    const tracker = new WorkerTracker();
    try {
      await tracker.#ask({ call: "create", withBlendshapes });
    } catch (error) {
      tracker.close();
      throw error;
    }
    return tracker;
  }

  setBlendshapes(withBlendshapes) {
    return this.#ask({ call: "setBlendshapes", withBlendshapes });
  }

  detect(video, timeMs) {
    const picture = new VideoFrame(video);
    return this.#ask({ call: "detect", picture, timeMs }, [picture]);
  }

  close() {
    this.#worker.terminate();
  }

  /** One question after the other. */
  #ask(question, transfer = []) {
    const answered = this.#last.then(
      () =>
        new Promise((resolve, reject) => {
          this.#worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.answer));
          this.#worker.onerror = ({ message }) => reject(new Error(message || "the tracker's worker does not start"));
          this.#worker.postMessage(question, transfer);
        }),
    );
    this.#last = answered.catch(() => {});
    return answered;
  }
}
