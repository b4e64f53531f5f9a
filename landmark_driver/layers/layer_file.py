"""`softdeca head layers`: a head in, its layers as files out, with the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.identities.read_head import read_head
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_report import layer_report
from landmark_driver.layers.layer_template import load_layer_template
from landmark_driver.layers.thickness_regressor import learn_thickness
from landmark_driver.layers.write_layers import write_layers


def layer_file(spec: str, out: Path, identities: IdentityModel, pairs: Path | None = None) -> dict[str, Any]:
    """Layer one head, write its layers into a folder and return the report.

    Args:
        spec: names the head of `identities`.
        out: the folder for the files of `write_layers`.
        identities: the identity model.
        pairs: a folder of skin and skull surfaces from which the tissue's thickness is learned; None for the
            medical table.

    Returns:
        `path` with the fields of `layer_report`, lengths in millimetres.

    Raises:
        HeadModelError: for a head or pairs that cannot be used; then nothing is written.
    """
    head = read_head(spec, identities)
    template = load_layer_template(identities.template())
    thickness = None
    if pairs is not None:
        skin = head.vertices[head.topology.vertices_of("skin")]
        thickness = learn_thickness(pairs, template, head.topology).predict(template, skin)
    layered = layer_head(head, template, thickness)
    write_layers(layered, out)
    return {"path": str(out)} | layer_report(layered)
