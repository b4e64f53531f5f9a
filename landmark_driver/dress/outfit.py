"""What a character wears, by name: the part of its dress that its file keeps."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Outfit:
    """Names in the wardrobe that ships; an empty name wears nothing of the kind."""

    teeth: str = ""
    brows: str = ""
    lashes: str = ""
    hair: str = ""
    body: str = ""
    """Neck and shoulders."""
    eyes: str = ""
    skin: str = ""

    def text(self) -> str:
        """Return the outfit as a character file's header keeps it.

        Returns:
            JSON of the names that are not empty.
        """
        return json.dumps({name: value for name, value in asdict(self).items() if value}, sort_keys=True)


def outfit_from_text(text: str) -> Outfit:
    """Return the outfit of a character file's header: the inverse of `Outfit.text`.

    Args:
        text: JSON; names that this version does not have are left out.

    Returns:
        The outfit.
    """
    known = {item.name for item in fields(Outfit)}
    return Outfit(**{name: str(value) for name, value in json.loads(text).items() if name in known})
