// A material lit once a vertex: with four vertices a square millimetre of screen that looks as smooth as light for every
// pixel, and costs a renderer without a GPU a sixth (docs/phone_puppet.md).

import * as THREE from "/three/three.module.js";

// Directions are the camera's. A warm key from above left, a cool fill from the right, a rim from behind; light from the
// room. Light wraps around skin further the redder it is, as it does that comes from within.
const VERTEX = `
  uniform float shine;
  uniform float sharpness;
  uniform float wrap;
  uniform float depth;
  varying vec3 shown;
  varying vec2 place;
  const vec3 SKY = vec3(0.33, 0.33, 0.34);
  const vec3 BRIGHTEST = vec3(1.12, 1.08, 1.04);
  const vec3 GROUND = vec3(0.10, 0.075, 0.07);

  vec3 diffuse(vec3 n, vec3 light) {
    vec3 reach = wrap * vec3(0.26, 0.12, 0.08);
    return max((dot(n, light) + reach) / (1.0 + reach), 0.0);
  }

  float mirrored(vec3 n, vec3 light, vec3 eye) {
    return dot(n, light) > 0.0 ? pow(max(dot(n, normalize(light + eye)), 0.0), sharpness) : 0.0;
  }

  void main() {
    vec4 at = modelViewMatrix * vec4(position, 1.0);
    vec3 n = normalize(normalMatrix * normal);
    vec3 eye = normalize(-at.xyz);
    vec3 key = normalize(vec3(-0.5, 0.55, 0.9)), fill = normalize(vec3(0.9, 0.15, 0.6)), rim = normalize(vec3(0.4, 0.6, -0.9));
    vec3 warm = vec3(0.94, 0.87, 0.80), cool = vec3(0.15, 0.17, 0.22), white = vec3(0.55);
    vec3 light = mix(GROUND, SKY, 0.5 + 0.5 * n.y) + warm * diffuse(n, key) + cool * diffuse(n, fill);
    light += white * diffuse(n, rim) * (1.0 - abs(dot(n, eye)));
    light = min(light, BRIGHTEST); // nothing shades the corners of the mouth
    float gloss = mirrored(n, key, eye) + 0.25 * mirrored(n, fill, eye) + 0.5 * mirrored(n, rim, eye);
    float within = clamp(exp((position.z - 0.022) / depth), 0.05, 1.0);
    vec3 linear = min(within * (color * light + shine * gloss), 1.0);
    shown = mix(12.92 * linear, 1.055 * pow(linear, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, linear));
    place = uv;
    gl_Position = projectionMatrix * at;
  }
`;

const FRAGMENT = `
  varying vec3 shown;
  #ifdef CARDS
    uniform sampler2D map;
    varying vec2 place;
  #endif
  void main() {
    #ifdef CARDS
      gl_FragColor = vec4(shown, texture2D(map, place).a);
    #else
      gl_FragColor = vec4(shown, 1.0);
    #endif
  }
`;

// Beyond this depth (metres) behind the lips it is dark.
const DARK_BEHIND_M = 0.012;
const NOWHERE_M = 1e6;

export const skin = () => material({ shine: 0.045, sharpness: 14, wrap: 1, depth: NOWHERE_M });

export const eyes = () => material({ shine: 0.8, sharpness: 160, wrap: 0.3, depth: NOWHERE_M });

/** What lies behind the lips. */
export const within = () => material({ shine: 0.045, sharpness: 14, wrap: 1, depth: DARK_BEHIND_M });

/** Hairs whose picture covers what is behind them. */
export const cards = (map) => {
  const made = material({ shine: 0.02, sharpness: 14, wrap: 1, depth: NOWHERE_M, map });
  return Object.assign(made, { defines: { CARDS: "" }, transparent: true, depthWrite: false, side: THREE.DoubleSide });
};

/** `shine` is how bright a light's mirror image is, `sharpness` how small. */
function material(values) {
  const uniforms = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
  return new THREE.ShaderMaterial({ vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms, vertexColors: true });
}
