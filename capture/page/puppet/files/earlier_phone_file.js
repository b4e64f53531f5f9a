// Phone files of version 0.1.0, which pages have kept: the same arrays as today's by other names, but for the tracker's
// response: it read no neighbours, and its kernel had a linear part.

export const PUPPET_FORMAT = "softdeca-puppet 1";

const STAGES = "looks posterior corrector bounds decoder sway lips eyes";

// Arrays that are not named here are called as they were.
const NAMES = {
  gaze_turns: "looks.gaze_turns",
  gain: "posterior.gain",
  offset: "posterior.offset",
  looks: "posterior.looks",
  "bounded.precision": "bounds.precision",
  "bounded.follow": "bounds.follow",
  "basis.own": "decoder.own",
  "basis.shared": "decoder.shared",
  "basis.scale": "decoder.scale",
  "basis.vertices": "decoder.vertices",
  neutral_vertices: "decoder.neutral_vertices",
  resting_vertices: "decoder.resting_vertices",
  still_latent: "decoder.rest_latent",
  tissue_map: "decoder.material_map",
  tissue_rest: "decoder.material_rest",
  "give.vertices": "sway.vertices",
  "give.ways": "sway.compliance",
  eye_vertices: "eyes.vertices",
  eye_centres: "eyes.centres",
  neutral_landmarks: "calibration.neutral_landmarks",
  still: "calibration.rigidity_weights",
  landmark_groups: "calibration.landmark_groups",
  "response.sights": "response.support_points",
  "response.answers": "response.dual_coefficients",
};

const SURFACE_COUNT = 468;
const LINEAR_SHARE = 0.3;

/** The file (safetensors.js) with today's names. */
export function renamed({ metadata, arrays, shapes }) {
  const byNewName = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [NAMES[name] ?? name, value]));
  return {
    metadata: { ...metadata, stages: STAGES, content: "phone" },
    arrays: {
      ...byNewName(arrays),
      "response.near": new Uint16Array(),
      "response.local": new Float32Array(),
      "response.linear_share": Float64Array.of(LINEAR_SHARE),
    },
    shapes: {
      ...byNewName(shapes),
      "response.near": [SURFACE_COUNT, 0],
      "response.local": [SURFACE_COUNT, 3, 0],
      "response.linear_share": [1],
    },
  };
}

// Of a mesh in two groups: eyeballs came last.
const MATERIALS = ["skin", "eyes"].map((name) => ({ name, color: [1, 1, 1], roughness: 0.6, alpha: "opaque", double_sided: true }));

/** A file whose head wears nothing with the arrays of today's; today's files stay as they are. */
export function dressed({ metadata, arrays, shapes }) {
  if ("materials" in metadata) return { metadata, arrays, shapes };
  const rows = shapes["shown.base"][0];
  const added = {
    "shown.coordinates": [new Uint16Array(2 * rows), [rows, 2]],
    "shown.copies": [new Uint16Array(), [0]],
  };
  for (const name of ["shown", "coarse"].filter((mesh) => `${mesh}.faces` in arrays)) {
    added[`${name}.ends`] = [Uint32Array.of(arrays[`${name}.dry_faces`][0], shapes[`${name}.faces`][0]), [2]];
  }
  if ("coarse.faces" in arrays) added["coarse.pieces"] = [Uint32Array.of(rows, rows), [2]];
  const kept = (values) => Object.fromEntries(Object.entries(values).filter(([name]) => !name.endsWith(".dry_faces")));
  const addedPart = (part) => Object.fromEntries(Object.entries(added).map(([name, both]) => [name, both[part]]));
  return {
    metadata: { ...metadata, materials: JSON.stringify(MATERIALS) },
    arrays: { ...kept(arrays), ...addedPart(0) },
    shapes: { ...kept(shapes), ...addedPart(1) },
  };
}
