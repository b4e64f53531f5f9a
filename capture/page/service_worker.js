// Keeps the page for times without a network. The desktop puts a line before this one: PAGE is {version, files}, all
// that the page loads besides the puppet (puppet/files/puppet_store.js), which only a paired phone may have.

const KEPT = "softdeca-page-";
const CACHE = KEPT + PAGE.version;
const PATIENCE_MS = 2500;
// After the desktop was missed once, a page's other files do not wait for it again.
const AWAY_MS = 15000;

let awayUntilMs = 0;

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || !PAGE.files.includes(pathname)) return;
  event.respondWith(answer(event.request, pathname));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll(PAGE.files.map((file) => new Request(file, { cache: "no-cache" })));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(KEPT) && name !== CACHE).map((name) => caches.delete(name)));
}

/** The desktop's answer while it is there, which is never older than what was kept; else what was kept. */
async function answer(request, pathname) {
  const kept = () => caches.match(pathname, { cacheName: CACHE });
  if (Date.now() < awayUntilMs) return (await kept()) ?? fetch(request);
  const fetched = fetch(request);
  const late = new Promise((_, reject) => {
    setTimeout(reject, PATIENCE_MS, new Error("the desktop does not answer"));
  });
  try {
    return await Promise.race([fetched, late]);
  } catch {
    awayUntilMs = Date.now() + AWAY_MS;
    return (await kept()) ?? fetched;
  }
}
