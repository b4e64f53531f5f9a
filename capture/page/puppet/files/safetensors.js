// Reads a safetensors file: a JSON header with shapes and types, then plain arrays. Half-precision numbers become float32.

const VIEWS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
};

/** {metadata, arrays: {name: typed array}, shapes: {name: [..]}} of a file's bytes. Throws RangeError or SyntaxError for other bytes. */
export function readSafetensors(buffer) {
  const headerBytes = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, headerBytes)));
  const { __metadata__: metadata = {}, ...tensors } = header;
  const arrays = {};
  const shapes = {};
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of Object.entries(tensors)) {
    const View = VIEWS[dtype];
    const view = new View(buffer, 8 + headerBytes + start, (end - start) / View.BYTES_PER_ELEMENT);
    arrays[name] = dtype === "F16" ? fromHalves(view) : view;
    shapes[name] = shape;
  }
  return { metadata, arrays, shapes };
}

function fromHalves(halves) {
  const table = Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half));
  return Float32Array.from(halves, (half) => table[half]);
}

function fromHalf(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * fraction * 2 ** -24;
}
