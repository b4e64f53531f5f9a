// The one line that the performer reads at arm's length: which words, which colour, and what to do.

const PROBLEMS = {
  camera_denied: [
    "Camera blocked",
    "This page may not use the camera. Allow it in the browser's settings for this site (the icon beside the address), then tap Try again.",
  ],
  camera_missing: ["No camera", "No camera was found on this device. Connect one or choose another, then tap Try again."],
  camera_busy: ["Camera busy", "Another app is using the camera. Close it, then tap Try again."],
  camera_lost: ["Camera lost", "The camera stopped. Tap Try again to start it."],
  tracker: [
    "Tracker failed",
    "The face tracker could not be loaded from the desktop. Check that the desktop program is running, then tap Try again.",
  ],
  puppet: [
    "No character",
    "This phone has no character yet. Scan the code on the desktop, or see that its program is running, then tap Try again.",
  ],
  puppet_none: [
    "No networks",
    "The desktop's character moves by blendshapes alone, which the desktop does. Choose Self-view, or start the desktop with another head.",
  ],
  browser: [
    "Browser too old",
    "This browser lacks what the tracker needs. Use Safari 16.4 or newer, or a current Chrome, Edge or Firefox.",
  ],
  insecure: ["Not secure", "Cameras only work on pages opened with https://. Scan the code on the desktop again."],
};

const REFUSALS = {
  token_missing: "Not paired",
  token_used: "Code already used",
  token_wrong: "Code not valid",
  session_unknown: "Not paired",
  version: "Reload needed",
  hello_expected: "Reload needed",
  replaced: "Open elsewhere",
};

/**
 * {key, tone, title, detail, action} for the page's state. Tones: good, wait, warn, bad. `action` labels the
 * button that would help, empty without one.
 */
export function describe({ problem, link, trackerReady, cameraReady, face, desktop, puppet }) {
  if (problem) return problemText(problem);
  if (puppet) return puppetText(puppet, cameraReady, trackerReady, face);
  if (link.phase === "refused") return refusalText(link);
  if (link.failing) return lostText(link);
  if (!cameraReady) return cameraText();
  if (!trackerReady) return text("loading", "wait", "Loading", "Getting the face tracker from the desktop…");
  if (link.phase === "connecting") return text("connecting", "wait", "Connecting", "Looking for the desktop…");
  if (!face) return faceText();
  return text("tracking", "good", "Tracking", desktopText(desktop));
}

function problemText(key) {
  const [title, detail] = PROBLEMS[key];
  const hopeless = key === "browser" || key === "insecure";
  return text(key.replace("_", "-"), "bad", title, detail, hopeless ? "" : "Try again");
}

function refusalText({ code, message }) {
  const action = { replaced: "Continue here", version: "Reload", hello_expected: "Reload" }[code] ?? "";
  return text("refused", code === "replaced" ? "warn" : "bad", REFUSALS[code], message, action);
}

function lostText({ code, before }) {
  if (code === "bye") return text("lost", "bad", "Desktop closed", "The desktop program has ended. Waiting for it to come back…");
  const title = before ? "Connection lost" : "No connection";
  return text("lost", "bad", title, "Trying again. Is the phone on the same network as the desktop?", "Try now");
}

/** On this phone the desktop does not matter: `puppet` is {ready, calibrated}. */
function puppetText({ ready, calibrated }, cameraReady, trackerReady, face) {
  if (!cameraReady) return cameraText();
  if (!trackerReady || !ready) return text("loading", "wait", "Loading", "Getting tracker and character from the desktop…");
  if (!face) return faceText();
  if (!calibrated) return text("calibrating", "wait", "Relax", "Look straight at the camera for a second.");
  return text("on-phone", "good", "On this phone", "", "New neutral");
}

const cameraText = () =>
  text("camera", "wait", "Camera", "Allow the camera when the browser asks. No picture leaves this phone.");

const faceText = () => text("no-face", "warn", "No face", "Look at the camera. More light from the front helps.");

function desktopText(desktop) {
  if (!desktop) return "";
  if (desktop.recording) return "Recording";
  if (!desktop.calibrated) return "Not calibrated yet: relax your face and look straight at the camera.";
  return "";
}

const text = (key, tone, title, detail, action = "") => ({ key, tone, title, detail, action });
