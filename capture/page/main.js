// The phone page: camera → landmarks → packet → desktop, or → head on this phone. This file only joins the parts.

import { keepPage } from "./browser/offline.js";
import { Problem, browserProblem } from "./browser/problem.js";
import { Camera, listCameras } from "./cameras/camera.js";
import { forEachFrame } from "./cameras/video_frames.js";
import { Connection } from "./connection/connection.js";
import { deviceName } from "./connection/messages.js";
import { PairingStore } from "./connection/pairing_store.js";
import { encodeFrame } from "./frames/packet.js";
import { PuppetStage } from "./puppet/puppet_stage.js";
import { Overlay } from "./screen/overlay.js";
import { Rate } from "./screen/rate.js";
import { loadSettings, saveSettings } from "./screen/settings.js";
import { View } from "./screen/view.js";
import { keepAwake } from "./screen/wake_lock.js";
import { Landmarker } from "./tracking/landmarker.js";

const SLOW_FPS = 18;

const settings = loadSettings();
const view = new View();
const overlay = new Overlay(view.canvas);
const camera = new Camera(view.video);
const landmarker = new Landmarker(settings.delegate, settings.mode === "full");
const pairing = new PairingStore();
const connection = new Connection(pairing, deviceName(navigator.userAgent), settings.transport);
const puppet = new PuppetStage(view.puppetCanvas);
const pictures = new Rate();

const state = {
  problem: "",
  link: connection.state,
  trackerReady: false,
  cameraReady: false,
  face: false,
  desktop: null,
  puppet: null, // {ready, calibrated} while the head is on this phone
};
let sequence = 0;
let stopFrames = () => {};
let starting = Promise.resolve();
let kept = false;

const show = () => view.showState(state);

/** Starts camera and tracker, again where they run; one start after the other. */
function start() {
  starting = starting.then(startOnce);
  return starting;
}

async function startOnce() {
  state.problem = "";
  state.puppet = onThisPhone() ? { ready: puppet.ready, calibrated: false } : null;
  show();
  try {
    const problem = browserProblem();
    if (problem) throw problem;
    await startCamera();
    if (!landmarker.ready) await landmarker.load();
    state.trackerReady = true;
    if (onThisPhone()) await startPuppet();
    stopFrames();
    stopFrames = forEachFrame(view.video, takePicture);
  } catch (error) {
    fail(error);
  }
  show();
}

async function startCamera() {
  state.cameraReady = false;
  show();
  await camera.start(settings.camera, settings.mode);
  state.cameraReady = true;
  view.showMirrored(camera.mirrored);
  view.showCameras(await listCameras(), camera.deviceId);
  show();
}

const onThisPhone = () => settings.mode === "phone";

async function startPuppet() {
  show();
  if (!puppet.ready) {
    await connection.settled;
    await puppet.load(pairing.session);
    keepPage().then((done) => {
      kept = done;
    });
  }
  if (state.puppet) state.puppet.ready = true;
}

async function takePicture(captureMs) {
  const imageSizePx = [view.video.videoWidth, view.video.videoHeight];
  if (!imageSizePx[0]) return;
  if (settings.mode === "full") overlay.showPicture(view.video, imageSizePx);
  const run = stopFrames; // ends the pictures of which this is one
  let face;
  try {
    face = await landmarker.detect(view.video, captureMs);
  } catch (error) {
    run();
    if (run === stopFrames) fail(new Problem("tracker", error));
    return;
  }
  if (run !== stopFrames) return; // the page has begun anew
  const frame = { sequence, captureTimeS: captureMs / 1000, imageSizePx, ...face };
  if (state.puppet) puppet.show(frame).catch((error) => fail(new Problem("tracker", error)));
  else connection.send(encodeFrame(frame));
  sequence += 1;
  pictures.tick(performance.now());
  if (settings.mode === "full" && face) overlay.drawFace(face.landmarks, landmarker.contours);
  notice(Boolean(face), Boolean(puppet.face?.calibrated));
}

function notice(face, calibrated) {
  if (state.face === face && (!state.puppet || state.puppet.calibrated === calibrated)) return;
  state.face = face;
  if (state.puppet) state.puppet.calibrated = calibrated;
  show();
}

function fail(error) {
  console.error(error.cause ?? error);
  state.problem = error instanceof Problem ? error.key : "tracker";
  show();
}

async function changeMode() {
  stopFrames();
  overlay.clear();
  await landmarker.setBlendshapes(settings.mode === "full");
  await start();
}

/** A control was touched: the page begins anew with the setting. */
async function changeSetting(name, value) {
  settings[name] = value;
  saveSettings(settings);
  view.showSettings(settings);
  await (name === "mode" ? changeMode() : start());
}

function act() {
  if (state.problem) start();
  else if (state.puppet) puppet.calibrate();
  else if (["version", "hello_expected"].includes(state.link.code)) location.reload();
  else connection.connect();
}

function showFacts() {
  const fps = pictures.perSecond(performance.now());
  const slow = settings.mode === "full" && document.body.dataset.state === "tracking" && fps < SLOW_FPS;
  const network = state.puppet && puppet.face ? `${puppet.runtime} ${puppet.networkMs.toFixed(1)} ms` : "";
  view.showFacts({ fps, transport: transport(), delegate: landmarker.delegate, network, slow });
}

function transport() {
  if (state.puppet?.ready) return kept ? "kept" : "loaded";
  return state.link.phase === "open" ? state.link.transport : "";
}

view.onAction = act;
view.onSetting = changeSetting;
camera.onLost = () => fail(new Problem("camera_lost"));
connection.onChange = (link) => {
  state.link = link;
  if (link.phase === "open" && state.problem === "puppet") start();
  show();
};
connection.onDesktop = (desktop) => {
  state.desktop = desktop;
  show();
};
window.addEventListener("online", () => connection.connect());
window.addEventListener("pagehide", () => connection.leave());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && state.link.phase !== "refused") connection.connect();
});
setInterval(showFacts, 500);

view.showSettings(settings);
keepAwake();
connection.connect();
start();
