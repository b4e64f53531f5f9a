"""The controls of a page's index.html in node: touched as a performer would, without a browser."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from tests.node import run_module

_TOUCH = """
const stored = {};
globalThis.localStorage = {
  getItem: (key) => stored[key] ?? null,
  setItem: (key, text) => { stored[key] = text; },
};
class Control {
  constructor({ tag, setting, value }) {
    Object.assign(this, { tagName: tag.toUpperCase(), value, dataset: { setting }, pressed: "", heard: {} });
  }
  addEventListener(name, call) { this.heard[name] = call; }
  setAttribute(name, value) { this.pressed = String(value); }
}
const controls = argument.controls.map((control) => new Control(control));
const other = new Control({ tag: "p" });
globalThis.document = {
  body: { dataset: {} },
  getElementById: () => other,
  querySelectorAll: (selector) => (selector === "[data-setting]" ? controls : []),
};
const { View } = await import(argument.page + "/screen/view.js");
const { loadSettings, saveSettings } = await import(argument.page + "/screen/settings.js");
const settings = loadSettings("");
const view = new View();
view.onSetting = (name, value) => {
  settings[name] = value;
  saveSettings(settings);
  view.showSettings(settings);
};
view.showSettings(settings);
const isButton = (control) => control.tagName === "BUTTON";
const fits = ({ dataset, value, tagName }) =>
  dataset.setting === argument.setting && (tagName !== "BUTTON" || value === argument.value);
const control = controls.find(fits);
control.value = argument.value;
control.heard[isButton(control) ? "click" : "change"]();
console.log(JSON.stringify({
  setting: settings[argument.setting],
  body: document.body.dataset[argument.setting],
  kept: loadSettings("")[argument.setting],
}));
"""


class _Controls(HTMLParser):
    """The elements of a page that have `data-setting`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if setting := given.get("data-setting"):
            self.found.append({"tag": tag, "setting": setting, "value": given.get("value") or ""})


def controls_of(page: Path) -> list[dict[str, str]]:
    """Return the controls of a page folder's index.html: the tag, setting and value of each."""
    parser = _Controls()
    parser.feed((page / "index.html").read_text(encoding="utf-8"))
    return parser.found


def touched(page: Path, setting: str, value: str) -> dict[str, str]:
    """Return a setting, the body's attribute and the choice that is kept, after a control was set to a value."""
    given = {"page": page.as_uri(), "controls": controls_of(page), "setting": setting, "value": value}
    return run_module(_TOUCH, given)
