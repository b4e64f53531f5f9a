// The exported model: from the desktop while it is there, else the one that was kept.

import { ModelError } from "./model_error.js";

const ADDRESS = "/puppet.tflite";
const CACHE = "softdeca-puppet";
const AGAIN_MS = 5000;
const NONE =
  "Expected the exporters and LiteRT.js on the desktop for a faster network, got none of this head. " +
  "Install them: pip install 'softdeca[export]'.";

/** Its bytes. Waits while the desktop still makes it. Throws ModelError where there is none. */
export async function loadModel(session) {
  for (;;) {
    const answer = await ask(session);
    if (answer?.status === 202) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      continue;
    }
    if (answer?.status === 204) {
      await forget();
      throw new ModelError(NONE);
    }
    const buffer = answer?.ok ? await answer.arrayBuffer() : await kept();
    if (!buffer) throw new ModelError("Expected an exported model, got no answer from the desktop.");
    if (answer?.ok) await keep(buffer);
    return buffer;
  }
}

async function ask(session) {
  try {
    return await fetch(ADDRESS, { headers: { Authorization: `Bearer ${session}` }, cache: "no-store" });
  } catch {
    return null;
  }
}

// Private windows may forbid it: then the model lasts until the page is closed.
async function keep(buffer) {
  try {
    await (await caches.open(CACHE)).put(ADDRESS, new Response(buffer));
  } catch {
    // nothing to do about it
  }
}

async function forget() {
  try {
    await (await caches.open(CACHE)).delete(ADDRESS);
  } catch {
    // nothing was kept
  }
}

async function kept() {
  try {
    const answer = await caches.match(ADDRESS, { cacheName: CACHE });
    return answer ? await answer.arrayBuffer() : null;
  } catch {
    return null;
  }
}
