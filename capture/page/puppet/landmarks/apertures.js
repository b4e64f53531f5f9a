// Lids and lips by how far they are open, as fractions (landmark_driver/landmarks/apertures.py).

/** @typedef {import("../geometry/matrix.js").Floats} Floats */

// Landmarks of the upper and of the lower lid, one above the other, left eye first; the first three are the middle.
const LIDS = [
  [[385, 380], [386, 374], [387, 373], [384, 381], [388, 390], [398, 382], [466, 249]],
  [[160, 144], [159, 145], [158, 153], [157, 154], [161, 163], [173, 155], [246, 7]],
];
// The same of the lips' inner rims.
const LIPS = [[13, 14], [82, 87], [312, 317], [81, 178], [311, 402], [80, 88], [310, 318], [191, 95], [415, 324]];
const MIDDLE = 3;
const EYE_CORNERS = [33, 263];
const EYE_WIDTHS = [[263, 362], [33, 133]];
// A neutral with closed eyes counts as this far open, of the eye's width; no eye opens further, of the neutral opening.
const LEAST_NEUTRAL = 0.12;
const WIDEST = 1.8;
const MOUTH_CORNERS = [78, 308];
// The part of a change of height that the upper one of two landmarks makes.
const UPPER_LID = 0.9;
const UPPER_LIP = 0.5;
// Of the usual opening, and of the character's neutral one.
const CLOSED = 0.2;
const AJAR = 0.4;
const AJAR_HEIGHT = 0.35;
const PRESSED = -0.11;
// Of the distance of the eye corners.
const SHUT = 0.02;
const PARTED = 0.06;
// Of the rims' distance at rest, for shut lips that have moved this far.
const PRESSED_LIPS = 0.5;
const PRESSED_FROM_M = 1.5e-3;
// In fractions of the neutral opening a second.
const USUAL_RATE_HZ = 0.3;
const LEAST_USUAL = 0.3;

/** The openings of one performer on one character; it holds the usual opening of each eye. */
export class Apertures {
  #performer;
  #character;
  #usual = LIDS.map(() => 1);
  /** @type {number | null} */
  #timeS = null;

  /**
   * Both neutral faces (478 × 3, metres).
   * @param {ArrayLike<number>} performerNeutral
   * @param {ArrayLike<number>} characterNeutral
   */
  constructor(performerNeutral, characterNeutral) {
    this.#performer = performerNeutral;
    this.#character = characterNeutral;
  }

  /**
   * Gives `displacements` (478 × 3, metres, head frame) the performer's openings, in place. `points` are the performer's, laid over
   * its neutral.
   * @param {ArrayLike<number>} points
   * @param {Floats} displacements
   * @param {number} timeS
   */
  apply(points, displacements, timeS) {
    const elapsed = this.#timeS === null ? 0 : Math.max(timeS - this.#timeS, 0);
    this.#timeS = timeS;
    LIDS.forEach((pairs, eye) => this.#openEye(eye, pairs, points, displacements, USUAL_RATE_HZ * elapsed));
    this.#openMouth(points, displacements);
  }

  /**
   * @param {number} eye
   * @param {number[][]} pairs
   * @param {ArrayLike<number>} points
   * @param {Floats} moved
   * @param {number} step
   */
  #openEye(eye, pairs, points, moved, step) {
    const least = LEAST_NEUTRAL * distance(this.#performer, EYE_WIDTHS[eye]);
    const opening = Math.min(middleGap(points, pairs) / Math.max(middleGap(this.#performer, pairs), least), WIDEST);
    const usual = this.#usual[eye] + clamp(opening - this.#usual[eye], -step, step);
    this.#usual[eye] = Math.max(usual, LEAST_USUAL);
    const height = lidHeight(opening, this.#usual[eye]);
    for (const pair of pairs) {
      open(moved, pair, height * gap(this.#character, pair) - this.#movedGap(moved, pair), UPPER_LID);
    }
  }

  /**
   * @param {ArrayLike<number>} points
   * @param {Floats} moved
   */
  #openMouth(points, moved) {
    const character = this.#character;
    const away = mean(LIPS.flat().map((landmark) => Math.hypot(...moved.subarray(3 * landmark, 3 * landmark + 3))));
    const allowed = 1 - PRESSED_LIPS * Math.min(away / PRESSED_FROM_M, 1);
    const width = distance(this.#performer, EYE_CORNERS);
    const now = middleGap(points, LIPS) / width;
    const neutral = middleGap(this.#performer, LIPS) / width;
    const parted = clamp((now - SHUT) / (PARTED - SHUT), 0, 1);
    const wider = distance(character, EYE_CORNERS) * Math.min(lipGap(now) - lipGap(neutral), now - neutral);
    const middle = LIPS.slice(0, MIDDLE);
    let change = middleGap(character, LIPS) + wider - mean(middle.map((pair) => this.#movedGap(moved, pair)));
    if (change > 0) change *= parted; // what is shut already stays as it is
    const half = mean(MOUTH_CORNERS.map((corner) => Math.abs(character[3 * corner])));
    for (const pair of LIPS) {
      const across = Math.abs(character[3 * pair[0]]);
      open(moved, pair, change * clamp(1.5 * (1 - across / half), 0, 1), UPPER_LIP);
      const wide = this.#movedGap(moved, pair) - allowed * gap(character, pair);
      open(moved, pair, (parted - 1) * Math.max(wide, 0), UPPER_LIP);
    }
  }

  /**
   * @param {Floats} moved
   * @param {number[]} pair
   */
  #movedGap(moved, pair) {
    return gap(this.#character, pair) + gap(moved, pair);
  }
}

/**
 * How far the character's eye is open, of its neutral opening, for the performer's opening over the neutral one.
 * @param {number} opening
 * @param {number} usual
 */
function lidHeight(opening, usual) {
  const closed = CLOSED * Math.min(usual, 1);
  const ajar = AJAR * Math.min(usual, 1);
  if (opening >= ajar) return AJAR_HEIGHT + ((opening - ajar) * (1 - AJAR_HEIGHT)) / (1 - ajar);
  return PRESSED + clamp((opening - closed) / (ajar - closed), 0, 1) * (AJAR_HEIGHT - PRESSED);
}

/**
 * The gap that counts of the lips' reported one, both over the distance of the outer eye corners.
 * @param {number} reported
 */
const lipGap = (reported) => (reported < PARTED ? clamp((reported - SHUT) / (PARTED - SHUT), 0, 1) * PARTED : reported);

/**
 * @param {ArrayLike<number>} points
 * @param {number[]} pair
 */
const gap = (points, [upper, lower]) => points[3 * upper + 1] - points[3 * lower + 1];

/**
 * @param {ArrayLike<number>} points
 * @param {number[][]} pairs
 */
const middleGap = (points, pairs) => mean(pairs.slice(0, MIDDLE).map((pair) => gap(points, pair)));

/**
 * Moves the landmarks of a pair apart, in place.
 * @param {Floats} displacements
 * @param {number[]} pair
 * @param {number} by
 * @param {number} share
 */
function open(displacements, [upper, lower], by, share) {
  displacements[3 * upper + 1] += share * by;
  displacements[3 * lower + 1] -= (1 - share) * by;
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * @param {ArrayLike<number>} points
 * @param {number[]} pair
 */
const distance = (points, [a, b]) => Math.hypot(...[0, 1, 2].map((axis) => points[3 * a + axis] - points[3 * b + axis]));
