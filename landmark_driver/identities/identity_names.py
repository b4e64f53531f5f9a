"""The identity models by their names; nothing heavy is imported, so that a command line lists them at once."""

from __future__ import annotations

DEFAULT_IDENTITIES = "anny"
"""The name of the model that ships; a dataset that names none was made with it."""

MODEL_FILES = {
    "flame": ("FILE", "FLAME's model file, .pkl or .npz"),
    "ict": ("FOLDER", "ICT-FaceKit's FaceXModel folder"),
}
"""The models that come from files: the word and the meaning of the part after the colon."""

_SPECS = [DEFAULT_IDENTITIES, *(f"{name}:{word}" for name, (word, _) in MODEL_FILES.items())]
IDENTITIES_TEXT = f"{', '.join(_SPECS[:-1])} or {_SPECS[-1]}"
MODEL_FILES_TEXT = (
    f"Give {', or '.join(f'{meaning} after {name}:' for name, (_, meaning) in MODEL_FILES.items())}"
)
IDENTITIES_HELP = f"{IDENTITIES_TEXT}. {MODEL_FILES_TEXT}."
