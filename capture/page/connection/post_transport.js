// Carries one conversation by POST requests, for browsers that refuse the websocket.

const IDLE_MS = 1000;
const REQUEST_TIMEOUT_MS = 4000;
// A page busy with tracking reads answers late: with one request at a time it would send half of its frames.
const MOST_UNDER_WAY = 3;

export class PostTransport {
  name = "post";
  /** @type {(message: any) => void} */
  onMessage = () => {};
  onClose = () => {};
  #session = "";
  #underWay = 0;
  #open = false;
  #idle = 0;

  /** Sends `hello`; what the desktop answers comes through onMessage, the end through onClose, once. */
  open(hello) {
    this.#open = true;
    this.#post(JSON.stringify([hello]));
  }

  /** Sends a frame, or drops it where three requests are under way. True if sent. */
  send(buffer) {
    if (!this.#session || this.#underWay >= MOST_UNDER_WAY) return false;
    this.#post(buffer);
    return true;
  }

  /** Sends the message that `make` returns at the moment of leaving. */
  say(make) {
    if (this.#open) this.#post(JSON.stringify([make()]));
  }

  close() {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#idle);
    this.onClose();
  }

  async #post(body) {
    clearTimeout(this.#idle);
    this.#underWay += 1;
    try {
      const answer = await fetch("/post", {
        method: "POST",
        body,
        headers: this.#headers(body),
        cache: "no-store",
        priority: "high",
        keepalive: typeof body === "string",
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      this.#take(await answer.json());
      if (!answer.ok) this.close();
    } catch {
      this.close();
    }
    this.#underWay -= 1;
    if (this.#open && !this.#underWay) this.#idle = setTimeout(() => this.#post("[]"), IDLE_MS);
  }

  /** @returns {Record<string, string>} */
  #headers(body) {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    return this.#session
      ? { "Content-Type": type, Authorization: `Bearer ${this.#session}` }
      : { "Content-Type": type };
  }

  #take(messages) {
    for (const message of messages) {
      if (message.type === "welcome") this.#session = message.session;
      if (this.#open) this.onMessage(message);
    }
  }
}
