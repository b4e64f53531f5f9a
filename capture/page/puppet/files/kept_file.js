// A file of the desktop's for the paired phone, kept for times without it.

const CACHE = "softdeca-puppet";

/** The desktop's answer, null where there is none within `patienceMs`. */
export async function ask(address, session, patienceMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patienceMs);
  try {
    return await fetch(address, { headers: { Authorization: `Bearer ${session}` }, cache: "no-store", signal: stop.signal });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Private windows may forbid it: then the file lasts until the page is closed. */
export async function keep(address, buffer) {
  try {
    await (await caches.open(CACHE)).put(address, new Response(buffer));
  } catch {
    // nothing to do about it
  }
}

export async function forget(address) {
  try {
    await (await caches.open(CACHE)).delete(address);
  } catch {
    // nothing was kept
  }
}

/** Its bytes, null where none were kept. */
export async function kept(address) {
  try {
    const answer = await caches.match(address, { cacheName: CACHE });
    return answer ? await answer.arrayBuffer() : null;
  } catch {
    return null;
  }
}
