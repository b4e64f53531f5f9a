// The puppet's file: from the desktop while it is there, else the one that was kept.

import { Problem } from "../problem.js";
import { readSafetensors } from "./safetensors.js";

const ADDRESS = "/puppet.safetensors";
const CACHE = "softdeca-puppet";
const FORMAT = "softdeca-puppet 1";
const PATIENCE_MS = 8000;

/** {arrays, shapes}. Throws Problem where there is no puppet, or one that this page cannot read. */
export async function loadPuppet(session) {
  const buffer = (await fromDesktop(session)) ?? (await kept());
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
  const answer = await ask(session);
  if (answer?.status === 404) throw new Problem("puppet_none");
  if (!answer?.ok) return null;
  const buffer = await answer.arrayBuffer();
  await keep(buffer);
  return buffer;
}

async function ask(session) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    return await fetch(ADDRESS, { headers: { Authorization: `Bearer ${session}` }, cache: "no-store", signal: stop.signal });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// Private windows may forbid it: then the puppet lasts until the page is closed.
async function keep(buffer) {
  try {
    await (await caches.open(CACHE)).put(ADDRESS, new Response(buffer));
  } catch {
    // nothing to do about it
  }
}

async function kept() {
  try {
    const answer = await caches.match(ADDRESS, { cacheName: CACHE });
    return answer ? await answer.arrayBuffer() : null;
  } catch {
    return null;
  }
}
