// What the performer chose, kept for the next visit; the address may override it (?mode=landmarks&delegate=cpu&transport=post).

const KEY = "softdeca.settings";
const CHOICES = {
  mode: ["full", "landmarks", "phone"],
  delegate: ["auto", "gpu", "cpu"],
  transport: ["auto", "socket", "post"],
};

export function loadSettings(search = location.search) {
  const settings = { mode: "full", delegate: "auto", transport: "auto", camera: "", ...stored() };
  const asked = new URLSearchParams(search);
  for (const [name, values] of Object.entries(CHOICES)) {
    if (values.includes(asked.get(name) ?? "")) settings[name] = asked.get(name);
    if (!values.includes(settings[name])) settings[name] = values[0];
  }
  return settings;
}

export function saveSettings({ mode, camera }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ mode, camera }));
  } catch {
    // private windows may forbid it: the choice lasts until the page is closed
  }
}

function stored() {
  try {
    const { mode, camera } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...(mode && { mode }), ...(camera && { camera }) };
  } catch {
    return {};
  }
}
