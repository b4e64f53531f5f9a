// The per-frame network in plain JavaScript, from the file that network_file.py writes.

const FORMAT = "softdeca-bench-network";

/** The header's values with `arrays` as Float32Arrays, each with its `shape`. Throws for any other file. */
export function readNetwork(buffer) {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  if (header.format !== FORMAT || header.version !== 1) throw new Error(`expected ${FORMAT} 1, got ${header.format}`);
  const arrays = {};
  for (const [name, { shape, offset }] of Object.entries(header.arrays)) {
    const count = shape.reduce((product, size) => product * size, 1);
    arrays[name] = new Float32Array(buffer, end + 1 + offset, count);
    arrays[name].shape = shape;
  }
  return { ...header, arrays };
}

/** Vertices, flattened, for flattened displacements; the array that is returned is used again. */
export function makeNetwork({ arrays, layers }) {
  const latents = arrays.offset.length;
  const z = new Float32Array(latents);
  const z0 = new Float32Array(latents);
  const vertices = new Float32Array(arrays.decoder_offset.length);
  const hidden = Array.from({ length: layers }, (_, layer) => new Float32Array(arrays[`bias_${layer}`].length));
  return (displacements) => {
    rowsTimes(arrays.gain, displacements, arrays.offset, z0);
    let input = z0;
    for (let layer = 0; layer < layers; layer++) {
      rowsTimes(arrays[`weight_${layer}`], input, arrays[`bias_${layer}`], hidden[layer]);
      silu(hidden[layer]);
      input = hidden[layer];
    }
    rowsTimes(arrays.out, input, arrays.out_bias, z);
    for (let i = 0; i < latents; i++) z[i] += z0[i];
    vertices.set(arrays.decoder_offset);
    addTimesRows(z, arrays.decoder, vertices);
    return vertices;
  };
}

/** result = matrix x + constant, the matrix row by row. Four sums, so that none waits for the one before. */
export function rowsTimes(matrix, x, constant, result) {
  const columns = x.length;
  const whole = columns - (columns % 4);
  for (let row = 0; row < result.length; row++) {
    const start = row * columns;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < whole; i += 4) {
      const at = start + i;
      a += matrix[at] * x[i];
      b += matrix[at + 1] * x[i + 1];
      c += matrix[at + 2] * x[i + 2];
      d += matrix[at + 3] * x[i + 3];
    }
    for (let i = whole; i < columns; i++) a += matrix[start + i] * x[i];
    result[row] = a + b + c + d + constant[row];
  }
}

/** result += x matrix, four rows at a time, so that the result is read and written less often. */
export function addTimesRows(x, matrix, result, rows = x.length) {
  const columns = result.length;
  const whole = rows - (rows % 4);
  for (let row = 0; row < whole; row += 4) {
    const [a, b, c, d] = [x[row], x[row + 1], x[row + 2], x[row + 3]];
    const first = row * columns;
    const second = first + columns;
    const third = second + columns;
    const fourth = third + columns;
    for (let i = 0; i < columns; i++) {
      result[i] += a * matrix[first + i] + b * matrix[second + i] + c * matrix[third + i] + d * matrix[fourth + i];
    }
  }
  for (let row = whole; row < rows; row++) {
    for (let i = 0; i < columns; i++) result[i] += x[row] * matrix[row * columns + i];
  }
}

function silu(values) {
  for (let i = 0; i < values.length; i++) values[i] /= 1 + Math.exp(-values[i]);
}
