// What lets this phone in: the token from the address's fragment, then the session key the desktop gave for it.

const SESSION_KEY = "softdeca.session";

export class PairingStore {
  #token;

  constructor(location = window.location, storage = window.localStorage) {
    this.storage = storage;
    this.#token = location.hash.slice(1);
  }

  /** The token while there is one, else the session, else an empty credential. */
  credential() {
    if (this.#token) return { token: this.#token };
    const session = this.#read();
    return session ? { session } : {};
  }

  /** The key of the last pairing, empty without one. */
  get session() {
    return this.#read();
  }

  /** Paired: keeps the session for reconnecting and reloading, and takes the token out of sight. */
  welcome(session) {
    this.#token = "";
    this.#write(session);
    history.replaceState(null, "", window.location.pathname + window.location.search);
  }

  /** The desktop refused. True where another credential is left to try. */
  refused(code) {
    if (this.#token && (code === "token_used" || code === "token_wrong")) {
      this.#token = "";
      return this.#read() !== "";
    }
    if (code === "session_unknown") this.#write("");
    return false;
  }

  // Private windows may forbid storage: then a reload asks for a new code.
  #read() {
    try {
      return this.storage.getItem(SESSION_KEY) ?? "";
    } catch {
      return "";
    }
  }

  #write(session) {
    try {
      this.storage.setItem(SESSION_KEY, session);
    } catch {
      // nothing to do about it
    }
  }
}
