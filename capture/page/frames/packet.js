// A captured frame as bytes and back. docs/packet.md is the specification, capture/frames/packet.py its Python twin;
// both are tested on the same golden bytes. Nothing here touches the page.

export const VERSION = 1;
export const LANDMARK_COUNT = 478;
export const ARKIT_COUNT = 52;

export const HAS_FACE = 0b001;
export const HAS_TRANSFORM = 0b010;
export const HAS_BLENDSHAPES = 0b100;

const HEADER_BYTES = 20;
const KNOWN_FLAGS = HAS_FACE | HAS_TRANSFORM | HAS_BLENDSHAPES;

/**
 * @typedef {object} CapturedFrame
 * @property {number} sequence
 * @property {number} captureTimeS
 * @property {[number, number]} imageSizePx Width and height.
 * @property {ArrayLike<number> | null} [landmarks]
 * @property {ArrayLike<number> | null} [faceTransform]
 * @property {ArrayLike<number> | null} [blendshapes]
 */

/** Bytes that are not a valid packet. */
export class PacketError extends Error {}

/**
 * Bytes of a packet with these flags.
 * @param {number} flags
 */
export function packetLength(flags) {
  let floats = 0;
  if (flags & HAS_FACE) floats += LANDMARK_COUNT * 3;
  if (flags & HAS_TRANSFORM) floats += 16;
  if (flags & HAS_BLENDSHAPES) floats += ARKIT_COUNT;
  return HEADER_BYTES + 4 * floats;
}

/**
 * The packet of {sequence, captureTimeS, imageSizePx: [w, h], landmarks, faceTransform, blendshapes} as an
 * ArrayBuffer. The last three are arrays of 1434, 16 (row by row) and 52 numbers, or null.
 * @param {CapturedFrame} frame
 */
export function encodeFrame(frame) {
  const arrays = [frame.landmarks, frame.faceTransform, frame.blendshapes];
  const flags = arrays.reduce((sum, array, bit) => sum | (array ? 1 << bit : 0), 0);
  const view = new DataView(new ArrayBuffer(packetLength(flags)));
  view.setUint8(0, VERSION);
  view.setUint8(1, flags);
  view.setUint16(2, frame.imageSizePx[0], true);
  view.setUint16(4, frame.imageSizePx[1], true);
  view.setUint16(6, frame.landmarks ? LANDMARK_COUNT : 0, true);
  view.setFloat64(8, frame.captureTimeS, true);
  view.setUint32(16, frame.sequence, true);
  let offset = HEADER_BYTES;
  for (const array of arrays) offset = writeFloats(view, offset, array ?? []);
  return view.buffer;
}

/**
 * The frame in `buffer`, with `flags` beside encodeFrame's fields. Throws PacketError.
 * @param {ArrayBuffer} buffer
 */
export function decodeFrame(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < HEADER_BYTES) {
    throw new PacketError(
      `Expected at least ${HEADER_BYTES} bytes of packet header, got ${view.byteLength}. Send whole packets.`,
    );
  }
  const flags = view.getUint8(1);
  checkHeader(view, flags);
  checkLength(view.byteLength, flags);
  let offset = HEADER_BYTES;
  const take = (/** @type {number} */ bit, /** @type {number} */ count, /** @type {string} */ name) => {
    if (!(flags & bit)) return null;
    const floats = readFloats(view, offset, count, name);
    offset += 4 * count;
    return floats;
  };
  return {
    flags,
    sequence: view.getUint32(16, true),
    captureTimeS: view.getFloat64(8, true),
    imageSizePx: [view.getUint16(2, true), view.getUint16(4, true)],
    landmarks: take(HAS_FACE, LANDMARK_COUNT * 3, "landmarks"),
    faceTransform: take(HAS_TRANSFORM, 16, "face transform"),
    blendshapes: take(HAS_BLENDSHAPES, ARKIT_COUNT, "blendshapes"),
  };
}

/**
 * @param {DataView} view
 * @param {number} flags
 */
function checkHeader(view, flags) {
  const version = view.getUint8(0);
  if (version !== VERSION) {
    throw new PacketError(
      `Expected packet version ${VERSION}, got ${version}. Reload the phone page so that both sides agree.`,
    );
  }
  if (flags & ~KNOWN_FLAGS || (flags && !(flags & HAS_FACE))) {
    throw new PacketError(`Expected packet flags 0, 1, 3, 5 or 7, got ${flags}. Set what docs/packet.md allows.`);
  }
  const width = view.getUint16(2, true);
  const height = view.getUint16(4, true);
  if (width === 0 || height === 0) {
    throw new PacketError(
      `Expected a packet image size of at least 1 x 1 px, got ${width} x ${height}. Send the camera's.`,
    );
  }
  const count = view.getUint16(6, true);
  const expected = flags & HAS_FACE ? LANDMARK_COUNT : 0;
  if (count !== expected) {
    throw new PacketError(
      `Expected a packet landmark count of ${expected}, got ${count}. Use MediaPipe's 478 points.`,
    );
  }
  const time = view.getFloat64(8, true);
  if (!Number.isFinite(time)) {
    throw new PacketError(
      `Expected a packet capture time in finite seconds, got ${time}. Send the clock's.`,
    );
  }
}

/**
 * @param {number} length
 * @param {number} flags
 */
function checkLength(length, flags) {
  const expected = packetLength(flags);
  if (length < expected) {
    throw new PacketError(
      `Expected ${expected} packet bytes with flags ${flags}, got only ${length}. Send whole packets.`,
    );
  }
  if (length > expected) {
    throw new PacketError(
      `Expected ${expected} packet bytes with flags ${flags}, got ${length}. Send one packet at a time.`,
    );
  }
}

/**
 * @param {DataView} view
 * @param {number} offset
 * @param {ArrayLike<number>} floats
 */
function writeFloats(view, offset, floats) {
  for (let i = 0; i < floats.length; i += 1) view.setFloat32(offset + 4 * i, floats[i], true);
  return offset + 4 * floats.length;
}

/**
 * @param {DataView} view
 * @param {number} offset
 * @param {number} count
 * @param {string} name
 */
function readFloats(view, offset, count, name) {
  const floats = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    floats[i] = view.getFloat32(offset + 4 * i, true);
    if (!Number.isFinite(floats[i])) {
      throw new PacketError(
        `Expected finite packet ${name}, got ${floats[i]} at index ${i}. Leave such a frame out.`,
      );
    }
  }
  return floats;
}
