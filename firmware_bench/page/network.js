// The network that is timed, in the phone page's own modules. In the repository they lie two folders up; the server has them
// at /capture/page/, which the same paths lead to, since nothing is above an address's root.

import { readFrameFile } from "../../capture/page/puppet/files/frame_file.js";
import { frameProgram, restingFrame } from "../../capture/page/puppet/network/frame_program.js";

// This stage and those after it, lips and eyes, are no part of the network.
const AFTER_NETWORK = "sway";

/**
 * The compiled frame of the bench's file (firmware_bench/measure/example_frame.py): {file, program, network, frame, model,
 * macs, bytes}. `network` runs the stages before the sway; `frame` is one for it, of the example's displacements with
 * eyes straight. Throws Error for any other file.
 */
export function readNetwork(buffer) {
  const file = readFrameFile(buffer);
  const { model, macs, bytes } = file.metadata;
  const program = frameProgram(file);
  const frame = restingFrame(file);
  frame.displacements.set(file.arrays["example.displacements"]);
  return { file, program, network: program.before(AFTER_NETWORK), frame, model, macs: Number(macs), bytes: Number(bytes) };
}

/** How far the whole frame of such a file is from NumPy's on its example, millimetres. */
export function exampleErrorMm({ file, program }) {
  const { arrays } = file;
  const frame = restingFrame(file);
  frame.displacements.set(arrays["example.displacements"]);
  frame.gaze.set(arrays["example.gaze"]);
  frame.sway = arrays["example.sway"] ?? null;
  program.run(frame);
  const expected = arrays["example.vertices"];
  return 1000 * frame.vertices.reduce((largest, value, at) => Math.max(largest, Math.abs(value - expected[at])), 0);
}
