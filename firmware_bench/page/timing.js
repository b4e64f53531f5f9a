// Interleaved timing in rounds, batched against a clock that ticks coarsely.

// A batch lasts so many ticks, which bounds what the clock's coarseness adds to 5 %.
const TICKS_PER_BATCH = 20;
const CLOCK_TRIALS = 24;
const LEAST_BATCH_MS = 2;

/** The smallest step that the clock takes, in milliseconds. */
export function clockStepMs(now = () => performance.now()) {
  let smallest = Infinity;
  for (let trial = 0; trial < CLOCK_TRIALS; trial++) {
    const start = now();
    let next = now();
    while (next === start) next = now();
    smallest = Math.min(smallest, next - start);
  }
  return smallest;
}

/** How many calls one batch needs. The trial is doubled until it lasts long enough. */
export async function callsPerBatch(call, stepMs, now = () => performance.now()) {
  const wantedMs = Math.max(LEAST_BATCH_MS, TICKS_PER_BATCH * stepMs);
  for (let calls = 1; ; calls *= 2) {
    const tookMs = await timeBatch(call, calls, now);
    if (tookMs >= wantedMs) return calls;
    if (tookMs >= wantedMs / 4) return Math.ceil((calls * wantedMs) / tookMs);
  }
}

/** What `calls` calls took together, milliseconds. A call that returns a promise is waited for, no other is. */
export async function timeBatch(call, calls, now = () => performance.now()) {
  const start = now();
  for (let number = 0; number < calls; number++) {
    const result = call();
    if (result instanceof Promise) await result;
  }
  return now() - start;
}

/**
 * What `timeRounds` takes, and what it writes: `calls` in a batch, and `rounds` of milliseconds a call, one value a batch.
 * @typedef {{call: () => unknown, calls?: number, rounds?: number[][], seen?: number}} Timed
 */

/**
 * Every subject in every round, in a new order each time, until `seconds` are over.
 * `subjects` are {name, call}; afterwards each has `calls` (in a batch) and `rounds`: arrays of milliseconds a call, one
 * value a batch. `afterRound(elapsedSeconds)` may wait, so that the page stays alive.
 */
export async function timeRounds(subjects, seconds, stepMs, afterRound, now = () => performance.now(), random = Math.random) {
  for (const subject of subjects) {
    await subject.call();
    subject.calls = await callsPerBatch(subject.call, stepMs, now);
    subject.rounds = [];
  }
  const start = now();
  const sliceMs = Math.max(LEAST_BATCH_MS, Math.min(60, (1000 * seconds) / (40 * subjects.length)));
  while (now() - start < 1000 * seconds) {
    for (const subject of shuffled(subjects, random)) subject.rounds.push(await slice(subject, sliceMs, now));
    await afterRound((now() - start) / 1000);
  }
}

async function slice({ call, calls }, sliceMs, now) {
  const times = [];
  const start = now();
  do times.push((await timeBatch(call, calls, now)) / calls);
  while (now() - start < sliceMs);
  return times;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function shuffled(items, random) {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
