// Makes the page work without a network, where the browser allows it: only over a certificate that it trusts.

/** Resolves with true once everything is kept, with false where the browser refuses. */
export async function keepPage() {
  try {
    await navigator.serviceWorker.register("/service_worker.js", { updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    return true;
  } catch (error) {
    console.info("the page is not kept for times without a network:", error.message);
    return false;
  }
}
