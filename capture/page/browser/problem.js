// What keeps the page from working, in words a performer can act on.

/** A reason with a key that status_text.js has words for. */
export class Problem extends Error {
  constructor(key, cause) {
    super(key, { cause });
    this.key = key;
  }
}

const CAMERA_ERRORS = {
  NotAllowedError: "camera_denied",
  SecurityError: "camera_denied",
  NotFoundError: "camera_missing",
  OverconstrainedError: "camera_missing",
  NotReadableError: "camera_busy",
  AbortError: "camera_busy",
};

/** The problem behind what getUserMedia threw. */
export function cameraProblem(error) {
  return new Problem(CAMERA_ERRORS[error.name] ?? "camera_busy", error);
}

/** The problem with this browser, or null where it has all that the page needs. */
export function browserProblem(scope = window) {
  if (!scope.isSecureContext) return new Problem("insecure");
  const needed = [scope.navigator.mediaDevices?.getUserMedia, scope.WebAssembly, scope.WebSocket, scope.AbortSignal?.timeout];
  return needed.every(Boolean) ? null : new Problem("browser");
}
