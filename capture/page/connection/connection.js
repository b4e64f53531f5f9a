// Keeps a conversation with the desktop going: tries the websocket, then POST; after a loss tries again, ever more slowly.

import { backoffMs } from "./backoff.js";
import { bye, hello, nowS, pong } from "./messages.js";
import { PostTransport } from "./post_transport.js";
import { SocketTransport } from "./socket_transport.js";

const WELCOME_MS = 4000;
const SILENCE_MS = 5000;
// Refusals that no further attempt will change: a person has to do something first.
const FINAL = ["token_missing", "token_used", "token_wrong", "session_unknown", "version", "hello_expected", "replaced"];

const TRANSPORTS = { auto: [SocketTransport, PostTransport], socket: [SocketTransport], post: [PostTransport] };

export class Connection {
  /**
   * phase: "connecting", "open" or "refused"; code and message say why. `failing` from a loss or a failed attempt
   * until there is a conversation again, `before` once there has been one.
   */
  state = { phase: "connecting", transport: "", code: "", message: "", failing: false, before: false };
  /** @type {(state: Connection["state"]) => void} */
  onChange = () => {};
  /** @type {(desktop: any) => void} */
  onDesktop = () => {};
  /** @type {(value?: unknown) => void} */
  #settle = () => {};
  /** Resolves with the first answer to whether there is a desktop. */
  settled = new Promise((resolve) => {
    this.#settle = resolve;
  });
  /** @type {SocketTransport | PostTransport | null} */
  #transport = null;
  #failures = 0;
  #retry = 0;
  #heardMs = 0;
  /** @type {{code: string, message: string} | null} */
  #refusal = null;

  constructor(pairing, device, choice = "auto") {
    this.pairing = pairing;
    this.device = device;
    this.transports = TRANSPORTS[choice] ?? TRANSPORTS.auto;
    setInterval(() => this.#watch(), 1000);
  }

  /** Connects, now: at the start, when the network is back, when somebody taps. */
  connect() {
    clearTimeout(this.#retry);
    if (this.#transport) return;
    this.#attempt(0);
  }

  /** Sends a frame if the one before has left; true if sent. */
  send(buffer) {
    return this.state.phase === "open" && Boolean(this.#transport?.send(buffer));
  }

  /** Tells the desktop that the page closes. */
  leave() {
    this.#transport?.say(bye);
  }

  #attempt(index) {
    this.#refusal = null;
    const transport = new this.transports[index]();
    this.#transport = transport;
    this.#change({ phase: "connecting", transport: transport.name });
    const timer = setTimeout(() => transport.close(), WELCOME_MS);
    transport.onMessage = (message) => {
      if (message.type === "welcome") clearTimeout(timer);
      this.#hear(transport, message);
    };
    transport.onClose = () => {
      clearTimeout(timer);
      this.#lost(index);
    };
    transport.open(hello(this.pairing.credential(), this.device));
  }

  #hear(transport, message) {
    this.#heardMs = performance.now();
    if (message.type === "ping") {
      const receivedS = nowS();
      transport.say(() => pong(message.id, receivedS, nowS()));
    } else if (message.type === "welcome") {
      this.#failures = 0;
      this.pairing.welcome(message.session);
      this.#change({ phase: "open", code: "", message: "", failing: false, before: true });
    } else if (message.type === "status") {
      this.onDesktop(message);
    } else if (message.type === "error") {
      this.#refusal = message;
      transport.close();
    } else if (message.type === "bye") {
      this.#refusal = { code: "bye", message: "" };
      transport.close();
    }
  }

  #lost(index) {
    const wasOpen = this.state.phase === "open";
    this.#transport = null;
    const { code = "", message = "" } = this.#refusal ?? {};
    if (code && this.pairing.refused(code)) return this.#attempt(index);
    if (FINAL.includes(code)) return this.#change({ phase: "refused", code, message });
    const next = index + 1;
    if (!wasOpen && !code && next < this.transports.length) return this.#attempt(next);
    const waitMs = backoffMs(this.#failures++);
    this.#retry = setTimeout(() => this.connect(), waitMs);
    // After a goodbye the attempts to come fail without a reason; the goodbye stays the reason.
    const why = code || message ? { code, message } : {};
    return this.#change({ phase: "connecting", failing: true, ...why });
  }

  #watch() {
    if (this.state.phase === "open" && performance.now() - this.#heardMs > SILENCE_MS) this.#transport?.close();
  }

  #change(state) {
    this.state = { ...this.state, ...state };
    if (this.state.phase !== "connecting" || this.state.failing) this.#settle();
    this.onChange(this.state);
  }
}
