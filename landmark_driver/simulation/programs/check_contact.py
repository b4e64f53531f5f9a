"""Simulate expressions that press the lips, and count triangles of one lip that cut the other.

    python -m landmark_driver.simulation.programs.check_contact --heads 3 --mixtures 30

They are counted in the blendshapes' own target (skin alone), at equilibrium without contact, and with it.
Head 0 is the default head, the others are plausible adults drawn with the seed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import numpy as np
import tyro
from jaxtyping import Float

from capture.frames.arkit import ARKIT_INDEX, ARKIT_NAMES
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.simulation.actuation.simulated_head import SimulatedHead
from landmark_driver.simulation.contact.body_contact import BodyContact
from landmark_driver.simulation.energy.simulation_error import SimulationError
from landmark_driver.simulation.programs.simulate_head import prepare_head

PRESSED = {
    "mouthPress": {"mouthPressLeft": 1.0, "mouthPressRight": 1.0},
    "mouthClose + jawOpen 1": {"mouthClose": 1.0, "jawOpen": 1.0},
    "mouthClose + jawOpen 0.5": {"mouthClose": 0.5, "jawOpen": 0.5},
    "mouthRollUpper": {"mouthRollUpper": 1.0},
    "mouthRollLower": {"mouthRollLower": 1.0},
    "mouthRoll, both lips": {"mouthRollUpper": 1.0, "mouthRollLower": 1.0},
    "mouthPucker": {"mouthPucker": 1.0},
    "mouthSmile": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
}
_MOUTH = [name for name in ARKIT_NAMES if name.startswith(("mouth", "jaw"))] + ["cheekPuff"]


@dataclass(frozen=True)
class CheckContact:
    """The heads and expressions to press."""

    heads: int = 3
    identities: str = DEFAULT_IDENTITIES
    """The identity model, as in `softdeca simulate --identities`."""
    mixtures: int = 30
    seed: int = 0


@dataclass(frozen=True)
class PressedLips:
    """Intersecting triangle pairs of the lips; `error` where a solve did not end."""

    head: int
    expression: str
    target: int = 0
    without_contact: int = 0
    with_contact: int = 0
    inversions: int = 0
    seconds: float = 0.0
    error: str = ""


def check_contact(config: CheckContact) -> Iterator[PressedLips]:
    """Yield one result for each head and expression.

    Args:
        config: the heads, mixtures and seed.

    Returns:
        The results, head by head.
    """
    identities = load_identities(config.identities)
    for number in range(config.heads):
        person = (
            identities.sample(np.random.default_rng([config.seed, number])) if number else identities.mean()
        )
        head = prepare_head(person, identities)
        for name, weights in pressed_expressions(config, number).items():
            yield press(head, number, name, weights)


def pressed_expressions(config: CheckContact, number: int) -> dict[str, Float[np.ndarray, "52"]]:
    """Return the named expressions, and mixtures of two to five mouth shapes at 0.2 to 1.

    Args:
        config: gives the number of mixtures and the seed.
        number: of the head; each has its own mixtures.

    Returns:
        (52,) ARKit weights in 0..1 by name.
    """
    expressions = {name: _weights(shapes) for name, shapes in PRESSED.items()}
    for index in range(config.mixtures):
        rng = np.random.default_rng([config.seed, number, index])
        chosen = rng.choice(_MOUTH, rng.integers(2, 6), replace=False)
        expressions[f"mixture {index}"] = _weights({name: rng.uniform(0.2, 1.0) for name in chosen})
    return expressions


def press(head: SimulatedHead, number: int, name: str, weights: Float[np.ndarray, "52"]) -> PressedLips:
    """Return the result of one expression without and with contact.

    Args:
        head: with the contacts of `head_contacts`.
        number: of the head, for the result.
        name: of the expression, for the result.
        weights: (52,) ARKit weights in 0..1.

    Returns:
        The counts, or the error of the solve that did not end. Seconds are those with contact.
    """
    lips = next(contact for contact in head.simulator.contacts if isinstance(contact, BodyContact))
    try:
        acted = head.actuate(weights)
        began = time.perf_counter()
        face = head.solve_static(acted).settled
    except SimulationError as error:
        return PressedLips(number, name, error=f"{type(error).__name__}: {error}")
    return PressedLips(
        number,
        name,
        len(lips.intersections(_target_nodes(head, acted.blendshapes))),
        len(lips.intersections(acted.nodes)),
        len(lips.intersections(face.nodes)),
        face.inversions,
        time.perf_counter() - began,
    )


def _target_nodes(head: SimulatedHead, blendshapes: np.ndarray) -> Float[np.ndarray, "nodes 3"]:
    """Return the wrap's nodes carried by the blendshapes, inner ones along with the skin in front of them."""
    size, skin = head.layered.wrap_size, head.layered.skin_ride
    shift = np.zeros((size, 3))
    shift[skin.index[head.targets, 0]] = (blendshapes - head.layered.vertices)[head.targets]
    return head.layered.nodes + np.tile(shift, (3, 1))


def _weights(shapes: dict[str, float]) -> Float[np.ndarray, "52"]:
    weights = np.zeros(len(ARKIT_NAMES))
    for name, value in shapes.items():
        weights[ARKIT_INDEX[name]] = value
    close, jaw = ARKIT_INDEX["mouthClose"], ARKIT_INDEX["jawOpen"]
    weights[close] = min(weights[close], weights[jaw])
    return weights


def row(lips: PressedLips) -> str:
    """Return one line of the table, in Markdown.

    Args:
        lips: the result of one expression.

    Returns:
        The line, without its end.
    """
    if lips.error:
        return f"| {lips.head} | {lips.expression} | {lips.error} |"
    counts = f"{lips.target} | {lips.without_contact} | {lips.with_contact} | {lips.inversions}"
    return f"| {lips.head} | {lips.expression} | {counts} | {lips.seconds:.1f} |"


def main(config: CheckContact) -> None:
    """Print a table with one line for each head and expression, and one for all of them."""
    titles = "head | expression | blendshapes | no contact | contact | inverted | s"
    print(f"| {titles} |\n|---|---|---|---|---|---|---|")
    results = []
    for lips in check_contact(config):
        results.append(lips)
        print(row(lips), flush=True)
    total = {name: sum(asdict(one)[name] for one in results) for name in _COUNTS}
    print(
        f"| all | {len(results)}, {sum(bool(one.error) for one in results)} failed | "
        f"{total['target']} | {total['without_contact']} | {total['with_contact']} | {total['inversions']} | |"
    )


_COUNTS = [field.name for field in fields(PressedLips) if field.type == "int" and field.name != "head"]


if __name__ == "__main__":
    main(tyro.cli(CheckContact))
