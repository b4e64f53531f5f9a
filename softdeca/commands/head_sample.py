"""`softdeca head sample`: a random identity as a mesh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark_driver.identities.identity_names import DEFAULT_IDENTITIES
from softdeca.commands.choices import IdentitiesChoice


@dataclass(frozen=True)
class HeadSample:
    """Write a random identity of the head model as a mesh."""

    seed: int
    out: Path
    """The mesh to write: .obj, .ply or .glb, metres, head frame."""
    identities: IdentitiesChoice = DEFAULT_IDENTITIES
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Draw the identity and write its mesh.

        Returns:
            The path, and the numbers of vertices and faces.
        """
        import numpy as np

        from capture.output_file import check_output
        from landmark_driver.identities.load_identities import load_head_model
        from landmark_driver.identities.write_mesh import ENDINGS, write_mesh

        check_output(self.out, ENDINGS)  # before the model is built, which may take a minute
        head = load_head_model(self.identities).sample(np.random.default_rng(self.seed))
        write_mesh(head, self.out)
        return {"path": str(self.out), "vertices": len(head.vertices), "faces": len(head.topology.faces)}
