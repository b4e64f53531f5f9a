// Carries one conversation over a websocket.

export class SocketTransport {
  name = "websocket";
  /** @type {(message: any) => void} */
  onMessage = () => {};
  onClose = () => {};
  /** @type {WebSocket | null} */
  #socket = null;

  /** Opens and sends `hello`; what the desktop answers comes through onMessage, the end through onClose, once. */
  open(hello) {
    const socket = new WebSocket(`wss://${location.host}/socket`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = (event) => this.onMessage(JSON.parse(event.data));
    socket.onclose = () => this.#closed();
    this.#socket = socket;
  }

  /** Sends a frame, or drops it where the one before has not left yet. True if sent. */
  send(buffer) {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#socket.bufferedAmount > 0) return false;
    this.#socket.send(buffer);
    return true;
  }

  /** Sends the message that `make` returns at the moment of leaving. */
  say(make) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(make()));
  }

  close() {
    this.#socket?.close();
    this.#closed();
  }

  #closed() {
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket = null;
    this.onClose();
  }
}
