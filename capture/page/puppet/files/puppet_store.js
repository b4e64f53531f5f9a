// The puppet's file: from the desktop while it is there, else the one that was kept.

import { Problem } from "../../browser/problem.js";
import { dressed } from "./earlier_phone_file.js";
import { ask, keep, kept } from "./kept_file.js";
import { readFrameFile } from "./frame_file.js";

const ADDRESS = "/puppet.safetensors";
const CONTENT = "phone";
const PATIENCE_MS = 8000;

/** {metadata, arrays, shapes}. Throws Problem where there is no puppet, or one that this page cannot read. */
export async function loadPuppet(session) {
  const buffer = (await fromDesktop(session)) ?? (await kept(ADDRESS));
  if (!buffer) throw new Problem("puppet");
  return readPuppet(buffer);
}

/** Throws Problem for a file of another format or content. */
export function readPuppet(buffer) {
  try {
    const file = readFrameFile(buffer);
    if (file.metadata.content === CONTENT) return dressed(file);
    throw new Error(`Expected a file with content '${CONTENT}', got '${file.metadata.content}'. Reload the page.`);
  } catch (error) {
    throw new Problem("puppet", error);
  }
}

async function fromDesktop(session) {
  const answer = await ask(ADDRESS, session, PATIENCE_MS);
  if (answer?.status === 404) throw new Problem("puppet_none");
  if (!answer?.ok) return null;
  const buffer = await answer.arrayBuffer();
  await keep(ADDRESS, buffer);
  return buffer;
}
