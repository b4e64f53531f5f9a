// Hair for GPUs: strands that scatter light along themselves (Kajiya and Kay 1989), with a first highlight in the light's
// colour nearer to the root and a second one in the hair's (Marschner et al. 2003). The volume of all strands shades them:
// normals point away from the skull's middle.

import * as THREE from "/three/three.module.js";

const VERTEX = `
  attribute vec3 strand;
  varying vec2 place;
  varying vec3 along, away, seen;
  const vec3 SKULL = vec3(0.0, 0.035, -0.065);
  void main() {
    vec4 at = modelViewMatrix * vec4(position, 1.0);
    place = uv;
    along = normalMatrix * strand;
    away = normalMatrix * normalize((position - SKULL) * vec3(1.0, 0.9, 0.9));
    seen = at.xyz;
    gl_Position = projectionMatrix * at;
  }
`;

const FRAGMENT = `
  #include <common>
  uniform sampler2D map;
  uniform vec3 tint;
  uniform float cut, gloss;
  varying vec2 place;
  varying vec3 along, away, seen;

  vec3 lit(vec3 color, vec3 t, vec3 n, vec3 eye, vec3 light, vec3 power, float shift) {
    float facing = dot(n, light);
    float open = smoothstep(-0.45, 0.75, facing);
    float across = sqrt(max(1.0 - pow(dot(t, light), 2.0), 0.0));
    vec3 half_ = normalize(light + eye);
    float first = pow(max(1.0 - pow(dot(normalize(t - (0.08 + shift) * n), half_), 2.0), 0.0), 60.0);
    float second = pow(max(1.0 - pow(dot(normalize(t + (0.14 + shift) * n), half_), 2.0), 0.0), 14.0);
    return power * open * (color * across * 0.55 + gloss * (0.028 * first + 0.55 * color * second) * smoothstep(0.0, 0.8, facing));
  }

  void main() {
    vec4 texel = texture2D(map, place);
    if (texel.a < cut) discard;
    vec3 color = tint * texel.rgb;
    vec3 n = normalize(away), t = normalize(along), eye = normalize(-seen);
    float shift = 0.25 * (texel.g - 0.35);
    float strength = smoothstep(0.0, 0.45, texel.g);
    vec3 sum = color * mix(vec3(0.10, 0.09, 0.085), vec3(0.36, 0.37, 0.40), 0.5 + 0.5 * n.y);
    sum += strength * lit(color, t, n, eye, normalize(vec3(-0.42, 0.45, 0.67)), vec3(2.1, 1.97, 1.8), shift);
    sum += strength * lit(color, t, n, eye, normalize(vec3(0.8, 0.2, 0.6)), vec3(0.40, 0.44, 0.5), shift);
    sum += strength * lit(color, t, n, eye, normalize(vec3(0.5, 0.35, -0.5)), vec3(0.9, 1.0, 1.1), shift);
    sum += strength * lit(color, t, n, eye, normalize(vec3(-0.6, 0.25, -0.5)), vec3(0.5, 0.47, 0.45), shift);
    gl_FragColor = vec4(sum, cut > 0.0 ? 1.0 : texel.a);
    #include <tonemapping_fragment>
    #include <colorspace_fragment>
  }
`;

/** Strands that are opaque where the picture covers by `cut` or more; with a `cut` of 0 they are blended. */
export function hairMaterial({ map, color, cut, gloss }) {
  return new THREE.ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { map: { value: map }, tint: { value: color }, cut: { value: cut }, gloss: { value: gloss } },
    side: THREE.DoubleSide,
    transparent: cut === 0,
    depthWrite: cut > 0,
  });
}
