// The puppet's file: from the desktop while it is there, else the one that was kept.

import { Problem } from "../../browser/problem.js";
import { ask, keep, kept } from "./kept_file.js";
import { readSafetensors } from "./safetensors.js";

const ADDRESS = "/puppet.safetensors";
const FORMAT = "softdeca-puppet 1";
const PATIENCE_MS = 8000;

/** {arrays, shapes}. Throws Problem where there is no puppet, or one that this page cannot read. */
export async function loadPuppet(session) {
  const buffer = (await fromDesktop(session)) ?? (await kept(ADDRESS));
  if (!buffer) throw new Problem("puppet");
  return readPuppet(buffer);
}

/** Throws Problem for a file of another format. */
export function readPuppet(buffer) {
  const puppet = readSafetensors(buffer);
  const { format, format_version: version } = puppet.metadata;
  if (`${format} ${version}` === FORMAT) return puppet;
  throw new Problem("puppet", new Error(`expected a puppet in format '${FORMAT}', got '${format} ${version}'; reload the page`));
}

async function fromDesktop(session) {
  const answer = await ask(ADDRESS, session, PATIENCE_MS);
  if (answer?.status === 404) throw new Problem("puppet_none");
  if (!answer?.ok) return null;
  const buffer = await answer.arrayBuffer();
  await keep(ADDRESS, buffer);
  return buffer;
}
