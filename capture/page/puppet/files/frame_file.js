// A compiled frame as landmark_driver/network/frame_file.py writes it, and the phone's files of earlier versions.

import { PUPPET_FORMAT, renamed } from "./earlier_phone_file.js";
import { readSafetensors } from "./safetensors.js";

const FORMAT = "softdeca-frame 1";

/** {metadata, arrays, shapes} of a file's bytes. Throws Error for a file of another format. */
export function readFrameFile(buffer) {
  const file = readSafetensors(buffer);
  const found = `${file.metadata.format} ${file.metadata.format_version}`;
  if (found === FORMAT) return file;
  if (found === PUPPET_FORMAT) return renamed(file);
  throw new Error(`Expected a compiled frame in format '${FORMAT}', got '${found}'. Reload the page.`);
}
