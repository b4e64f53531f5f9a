// What the performer chose, kept for the next visit; the address may override it (?mode=landmarks&delegate=cpu&transport=post).

const KEY = "softdeca.settings";
const CHOICES = {
  mode: ["full", "landmarks", "phone"],
  delegate: ["auto", "gpu", "cpu"],
  transport: ["auto", "socket", "post"],
};
// Those of the controls in index.html (data-setting).
const KEPT = ["mode", "camera"];

export function loadSettings(search = location.search) {
  const settings = { camera: "", ...stored() };
  const asked = new URLSearchParams(search);
  for (const [name, values] of Object.entries(CHOICES)) {
    if (values.includes(asked.get(name))) settings[name] = asked.get(name);
    if (!values.includes(settings[name])) settings[name] = values[0];
  }
  return settings;
}

export function saveSettings(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept(settings)));
  } catch {
    // private windows may forbid it: the choice lasts until the page is closed
  }
}

function stored() {
  try {
    return kept(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
  } catch {
    return {};
  }
}

const kept = (settings) => Object.fromEntries(KEPT.filter((name) => settings[name]).map((name) => [name, settings[name]]));
