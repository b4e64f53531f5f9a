// The text messages that the phone sends (docs/packet.md). What the desktop sends is read in connection.js.

export const PROTOCOL_VERSION = 1;

/** Seconds on this phone's clock. */
export const nowS = () => performance.now() / 1000;

export const hello = (credential, device) => ({ type: "hello", version: PROTOCOL_VERSION, device, ...credential });

export const pong = (id, receivedS, sentS) => ({ type: "pong", id, received_s: receivedS, sent_s: sentS });

export const bye = () => ({ type: "bye" });

/** A short name for the desktop to show, such as "iPhone" or "Android phone". */
export function deviceName(userAgent) {
  for (const name of ["iPhone", "iPad"]) if (userAgent.includes(name)) return name;
  const android = /Android[^;)]*; ([^;)]+?)( Build|\))/.exec(userAgent);
  if (android) return android[1] === "K" ? "Android phone" : android[1];
  for (const name of ["Macintosh", "Windows", "CrOS", "Linux"]) if (userAgent.includes(name)) return `${name} browser`;
  return "phone";
}
