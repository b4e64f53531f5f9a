// The page's visible parts: shows a state, and hands on what the performer touches.

import { describe } from "./status_text.js";

const TRANSPORTS = { websocket: "Connected", post: "Connected (POST)", kept: "Works offline", loaded: "On its own" };

const byId = (id) => document.getElementById(id);

export class View {
  onAction = () => {};
  onSetting = () => {};

  constructor() {
    this.video = byId("video");
    this.canvas = byId("overlay");
    this.puppetCanvas = byId("puppet");
    byId("action").addEventListener("click", () => this.onAction());
    for (const control of controls()) {
      const touch = control.tagName === "BUTTON" ? "click" : "change";
      control.addEventListener(touch, () => this.onSetting(control.dataset.setting, control.value));
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

  /** Shows the settings in the controls that index.html ties to them, and to the style sheet as attributes of the body. */
  showSettings(settings) {
    for (const control of controls()) {
      const value = settings[control.dataset.setting];
      if (control.tagName === "BUTTON") control.setAttribute("aria-pressed", control.value === value);
      else if (!control.disabled) control.value = value;
      document.body.dataset[control.dataset.setting] = value;
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

const controls = () => document.querySelectorAll("[data-setting]");

function setText(id, text) {
  // Untouched text is not announced again by screen readers.
  if (byId(id).textContent !== text) byId(id).textContent = text;
}
