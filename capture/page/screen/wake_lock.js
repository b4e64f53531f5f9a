// Keeps the screen on while the page is in front; a browser that cannot is left alone.

export function keepAwake() {
  const ask = () => {
    if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
  };
  // The lock is lost whenever the page goes to the back.
  document.addEventListener("visibilitychange", ask);
  ask();
}
