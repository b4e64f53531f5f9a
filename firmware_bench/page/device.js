// What this browser says of itself, as far as time depends on it.

const BATTERY_TIMEOUT_MS = 1000;

/** @type {Navigator & {userAgentData?: any, deviceMemory?: number, getBattery?: () => Promise<any>}} Some browsers have more. */
const browser = navigator;

export async function deviceFacts() {
  const hints = await browser.userAgentData?.getHighEntropyValues(["model", "platformVersion", "architecture"]).catch(() => null);
  return {
    user_agent: navigator.userAgent,
    model: hints?.model || null,
    platform: hints ? `${browser.userAgentData.platform} ${hints.platformVersion}`.trim() : navigator.platform || null,
    architecture: hints?.architecture || null,
    cores: navigator.hardwareConcurrency ?? null,
    memory_gb: browser.deviceMemory ?? null,
    isolated: self.crossOriginIsolated === true,
    shared_memory: typeof SharedArrayBuffer !== "undefined",
    gpu: gpuName(),
    screen: `${screen.width}x${screen.height} at ${devicePixelRatio}`,
  };
}

/** {level, charging}, or null where the browser does not tell. */
export async function battery() {
  if (!browser.getBattery) return null;
  const late = new Promise((resolve) => setTimeout(() => resolve(null), BATTERY_TIMEOUT_MS));
  const state = await Promise.race([browser.getBattery().catch(() => null), late]);
  return state && { level: state.level, charging: state.charging };
}

function gpuName() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}
