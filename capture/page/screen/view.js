// The page's visible parts: shows a state, and hands on what the performer touches.

import { describe } from "./status_text.js";

const TRANSPORTS = { websocket: "Connected", post: "Connected (POST)", kept: "Works offline", loaded: "On its own" };

const byId = (id) => document.getElementById(id);

export class View {
  onAction = () => {};
  onCamera = () => {};
  onMode = () => {};

  constructor() {
    this.video = byId("video");
    this.canvas = byId("overlay");
    this.puppetCanvas = byId("puppet");
    byId("action").addEventListener("click", () => this.onAction());
    byId("camera").addEventListener("change", (event) => this.onCamera(event.target.value));
    for (const button of document.querySelectorAll("button[data-mode]")) {
      button.addEventListener("click", () => this.onMode(button.dataset.mode));
    }
  }

  /** Shows the words and colours for the state (status_text.js's argument). */
  showState(state) {
    const { key, tone, title, detail, action } = describe(state);
    document.body.dataset.tone = tone;
    document.body.dataset.state = key;
    document.body.dataset.recording = Boolean(state.desktop?.recording && state.link.phase === "open");
    setText("title", title);
    setText("detail", detail);
    setText("action", action);
    byId("action").hidden = !action;
  }

  showMode(mode) {
    document.body.dataset.mode = mode;
    for (const button of document.querySelectorAll("button[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
  }

  showMirrored(mirrored) {
    document.body.dataset.mirrored = mirrored;
  }

  showCameras(cameras, chosen) {
    const select = byId("camera");
    select.replaceChildren(...cameras.map(({ id, label }) => new Option(label, id, false, id === chosen)));
    select.disabled = cameras.length < 2;
  }

  /** Pictures a second, how they travel, and what computes: the small print. */
  showFacts({ fps, transport, delegate, network, slow }) {
    setText("fps", `${Math.round(fps)} fps`);
    setText("transport", TRANSPORTS[transport] ?? "Offline");
    setText("delegate", delegate);
    setText("network", network);
    byId("slow").hidden = !slow;
  }
}

function setText(id, text) {
  // Untouched text is not announced again by screen readers.
  if (byId(id).textContent !== text) byId(id).textContent = text;
}
