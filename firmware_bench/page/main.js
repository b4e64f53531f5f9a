// Pairs by the code in the address, measures, sends the result to the desktop.

import { battery, deviceFacts } from "./device.js";
import { makeSubjects } from "./subjects.js";
import { clockStepMs, median, timeRounds } from "./timing.js";

const CURVE_STEP_S = 30;
const state = document.body.dataset;

/** An element that the page has. */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const progress = /** @type {HTMLProgressElement} */ (byId("progress"));
const show = (id, text) => (byId(id).textContent = text);

async function main() {
  say("pairing", "Pairing", "Asking the desktop…");
  const token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  const { session, seconds, delegate, tracker, litert } = await (await ask("/pair", { token })).json();
  keepAwake();
  say("loading", "Loading", "The network and, where the desktop has it, MediaPipe.");
  const stepMs = clockStepMs();
  const network = await (await ask("/network.bin", undefined, session)).arrayBuffer();
  const get = async (path) => (await ask(path, undefined, session)).arrayBuffer();
  const exported = litert ? await get("/network.tflite") : null;
  const face = tracker ? await createImageBitmap(await (await ask("/face.png", undefined, session)).blob()) : null;
  const { subjects, absent, maxErrorMm } = await makeSubjects(network, exported, face, delegate);
  const before = await battery();
  say("measuring", "Measuring", `for ${seconds} seconds`);
  const curve = [];
  let hidden = document.hidden;
  document.addEventListener("visibilitychange", () => (hidden ||= document.hidden));
  await timeRounds(subjects, seconds, stepMs, async (elapsed) => {
    progress.value = elapsed / seconds;
    if (elapsed >= CURVE_STEP_S * (curve.length + 1)) curve.push(await curvePoint(subjects, curve.length));
    await new Promise((resolve) => setTimeout(resolve));
  });
  const result = {
    device: await deviceFacts(),
    clock_step_ms: stepMs,
    max_error_mm: maxErrorMm,
    was_hidden: hidden,
    battery: { before, after: await battery() },
    rows: subjects.map(({ model, runtime, calls, rounds, macs, bytes, initMs }) => ({ model, runtime, calls, rounds, macs, bytes, init_ms: initMs })),
    absent,
    curve,
  };
  say("sending", "Sending", "…");
  await ask("/result", result, session);
  showRows(subjects);
  say("done", "Done", "The desktop has the result. You can close this page.");
}

/** The medians of the half-minute that has just ended. */
async function curvePoint(subjects, number) {
  const rows = {};
  for (const subject of subjects) {
    const from = subject.seen ?? 0;
    rows[`${subject.model} (${subject.runtime})`] = median(subject.rounds.slice(from).flat());
    subject.seen = subject.rounds.length;
  }
  return { minutes: ((number + 1) * CURVE_STEP_S) / 60, rows, battery: await battery() };
}

async function ask(path, body, session) {
  const headers = { ...(session && { Authorization: `Bearer ${session}` }), ...(body && { "Content-Type": "application/json" }) };
  const answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

function showRows(subjects) {
  const table = /** @type {HTMLTableElement} */ (byId("rows"));
  for (const { model, runtime, rounds } of subjects) {
    const row = table.insertRow();
    row.insertCell().textContent = `${model} (${runtime})`;
    row.insertCell().textContent = `${median(rounds.flat()).toPrecision(3)} ms`;
  }
}

function keepAwake() {
  const lock = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", lock);
  lock();
}

function say(name, title, detail) {
  state.state = name;
  show("title", title);
  show("detail", detail);
}

main().catch((error) => say("failed", "This did not work", String(error.message ?? error)));
