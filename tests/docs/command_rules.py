"""How each command of the pages is tried: run, run with a reduction, or parsed only, and why.

The first rule whose beginning and part fit a command holds for it. A command without a rule fails.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    begins: str
    """The command's first words."""
    added: str | None
    """Words put behind the command before it runs; None where it is parsed only."""
    why: str
    """The reason for the reduction."""
    part: str = ""
    """Words that the command has somewhere."""

    def fits(self, command: str) -> bool:
        return f"{command} ".startswith(f"{self.begins} ") and self.part in command


WHOLE = "It runs as it stands."
LIVE = "--no-viewer --seconds 0.5 --port FREE_PORT"
RULES = (
    Rule("softdeca live", None, "No camera is at hand.", "--source webcam"),
    Rule(
        "softdeca live",
        f"{LIVE} --record new.mcap",
        "It runs until it is stopped; takes are never overwritten.",
        "--record",
    ),
    Rule("softdeca live", LIVE, "It runs until it is stopped."),
    Rule("softdeca drive", "", WHOLE),
    Rule("softdeca head info", "", WHOLE),
    Rule("softdeca head sample", None, "Other models' files do not ship.", "--identities"),
    Rule("softdeca head sample", "", WHOLE),
    Rule("softdeca head layers", None, "Other models' files do not ship.", "--identities"),
    Rule(
        "softdeca head layers",
        None,
        "The program of docs/layered_head.md runs the same; so do tests of layers/.",
    ),
    Rule("softdeca head edit", None, "A table takes minutes; tests of solved_edits make one.", "--table"),
    Rule("softdeca head edit", None, "The edit of --material runs the same.", "--preset"),
    Rule("softdeca head edit", "", WHOLE),
    Rule(
        "softdeca head fit",
        None,
        "Fits from pictures take minutes; tests of head_fit/photos run them.",
        "--photo",
    ),
    Rule("softdeca head fit", "", WHOLE),
    Rule("softdeca simulate", None, "Other models' files do not ship.", "--identities"),
    Rule(
        "softdeca simulate", None, "Tests of simulation/ scale bones; the smile and the motion run.", "--bone"
    ),
    Rule("softdeca simulate", None, "Tests of simulation/ take presets.", "--preset"),
    Rule("softdeca simulate", None, "Gravity runs with the motion.", "sag.npz"),
    Rule("softdeca simulate", None, "Gravity runs with the motion.", "mouthSmileRight"),
    Rule("softdeca simulate", None, "The same command without --json runs.", "--json"),
    Rule("softdeca simulate", "--no-contact", "Contact takes seconds a frame; its own tests run it."),
    Rule("softdeca dataset", None, "No cluster and no other model's files are at hand.", "--scheduler"),
    Rule("softdeca dataset", None, "No cluster and no other model's files are at hand.", "--identities"),
    Rule("softdeca dataset", "--heads 1 --expressions 1 --workers 1 --physics stand-in", "It takes an hour."),
    Rule("softdeca train", None, "It takes minutes; tests of hypernetwork/training run it."),
    Rule("softdeca evaluate", None, "tests/landmark_driver/real_faces runs it on a video.", "--real"),
    Rule("softdeca evaluate", None, "It takes minutes; tests of hypernetwork/evaluation run it."),
    Rule("softdeca export", None, "Converters take half a minute each; tests of export/ run them."),
    Rule("softdeca bench compare", "", WHOLE),
    Rule("softdeca bench", None, "It takes minutes or a device; tests of firmware_bench run it."),
    Rule("softdeca doctor", None, "Its status depends on the machine; tests of softdeca/doctor run it."),
    Rule(
        "python -m", None, "Measurements take minutes to hours; the module's own parser reads the arguments."
    ),
    Rule("make", None, "Targets install or open windows; make itself plans them with -n."),
    Rule("source .venv/bin/activate", None, "The environment is the one that runs this test."),
    Rule("pip install", None, "Nothing is installed in a test; the extra's name is looked up."),
)


def rule_of(command: str) -> Rule | None:
    """The first rule that fits a command."""
    return next((rule for rule in RULES if rule.fits(command)), None)


READ_ONLY = {
    "learn_thickness": "It learns from the reader's own scans; tests of layers/ run it.",
    "open_exported": "An export takes half a minute; tests of export/formats run it.",
}
"""Programs of which only the imports run, by a name in them, and why."""
