// The exported model: from the desktop while it is there, else the one that was kept.

import { ask, forget, keep, kept } from "./kept_file.js";
import { ModelError } from "./model_error.js";

const ADDRESS = "/puppet.tflite";
const AGAIN_MS = 5000;
// 16 MB over a slow wireless network.
const PATIENCE_MS = 60000;
const NONE =
  "Expected the exporters and LiteRT.js on the desktop for a faster network, got none of this head. " +
  "Install them: pip install 'softdeca[export]'.";

/** Its bytes. Waits while the desktop still makes it. Throws ModelError where there is none. */
export async function loadModel(session) {
  for (;;) {
    const answer = await ask(ADDRESS, session, PATIENCE_MS);
    if (answer?.status === 202) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      continue;
    }
    if (answer?.status === 204) {
      await forget(ADDRESS);
      throw new ModelError(NONE);
    }
    const buffer = answer?.ok ? await answer.arrayBuffer() : await kept(ADDRESS);
    if (!buffer) throw new ModelError("Expected an exported model, got no answer from the desktop.");
    if (answer?.ok) await keep(ADDRESS, buffer);
    return buffer;
  }
}
