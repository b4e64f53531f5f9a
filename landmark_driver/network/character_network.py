"""The networks inside a character: made for its head, and for its target material.

The performer has a healthy face; the character may have other tissue, its target material. Over the canonical
expressions the forward network gives the latents z of the default material and z + Δ of the target. The driver shows

    z + Δ̄ + M (z - z̄),   M = Cov(Δ, z) (Cov(z) + E)⁻¹

with E the network's own error: the best linear guess of this tissue's answer to the seen face. A
paralysed cheek stays still although the performer's moves; for the default material nothing changes.

Where the simulator has solved the target's resting head, it is shown instead of the network's. Where it has solved a table of the
head's shapes, the table stands in for M (`landmark_driver/tissue/solved_edit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.head.head import Head
from landmark_driver.network.compile_frame import Jaws, Observation, compile_landmarks, compile_weights
from landmark_driver.network.film_network import FoldedLayers
from landmark_driver.network.frame_program import FrameProgram
from landmark_driver.network.head_basis import HeadBasis, head_basis
from landmark_driver.network.head_network import (
    HeadNetwork,
    expression_latents,
    folded_forward,
    forward_error,
    specialise,
)
from landmark_driver.network.latent_regression import regression
from landmark_driver.network.latent_stages import Forward
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.network.residual_stage import Residual
from landmark_driver.network.sway_mode import sway_mode
from landmark_driver.network.vertex_stages import Edit, Sway, decoder_of
from landmark_driver.posterior.evidence import ResidualChoice
from landmark_driver.tissue.solved_edit import SolvedEdit, same_tissue
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting, setting_from_code

PREFIX = "network."
_PULL_M_S2 = 4.0
_INWARD = 0.8
"""Factor on the target's gravity, which keeps the pulled one away from the largest gravity there is."""


@dataclass(frozen=True)
class CharacterNetwork:
    """The trained network weights, with the prior, the condition and the residual of one head."""

    weights: NetworkWeights
    neutral_vertices: Float[np.ndarray, "vertices 3"]
    """Metres, head frame."""
    expressions: Float[np.ndarray, "52 vertices 3"]
    """Displacements at weight one, metres."""
    target: TissueSetting
    """The target material."""
    prior_mean: Float[np.ndarray, "latent"]
    prior_covariance: Float[np.ndarray, "latent latent"]
    condition: Float[np.ndarray, "condition"]
    """Identity code and the performer's tissue features."""
    residual_std: Float[np.ndarray, "coordinates"]
    """Standard deviation of the displacements that the basis leaves out, metres."""
    solved: SolvedEdit | None = None
    """The parts of the target material that the simulator has solved."""
    exaggeration: float = 1.0
    """Factor on the displacement of the resting head and on its swing, for art; 1 is the physics. Files do not keep it."""

    @cached_property
    def basis(self) -> HeadBasis:
        """The head's displacements for latents of one, metres."""
        return head_basis(self.weights, self.neutral_vertices, self.expressions)

    @cached_property
    def head(self) -> HeadNetwork:
        """The networks of the head for any layout of landmarks."""
        return HeadNetwork(self.basis.matrix, **{name: getattr(self, name) for name in _OWN})

    def with_target(self, target: TissueSetting) -> CharacterNetwork:
        """Return the same head with another target material.

        Args:
            target: the tissue that the character shows, as far as it can be simulated. Beyond the range that networks
                learned they answer for its end, and a solved resting head carries the rest.

        Returns:
            The networks with this target; prior and condition stay the performer's. Solved parts stay where they fit it.
        """
        solved = None if self.solved is None else self.solved.for_target(target)
        return self._with(target, solved)

    def with_solved(self, solved: SolvedEdit) -> CharacterNetwork:
        """Return the same head and target material with solved parts.

        Args:
            solved: of the target material and this head.

        Returns:
            The networks, which show the solved resting head, and the table where there is one. What does not fit the target
            changes nothing, and solved parts that are here already stay where no other is given.
        """
        fitting = solved.for_target(self.target)
        if fitting is None:
            return self
        return self._with(self.target, fitting if self.solved is None else fitting.beside(self.solved))

    def exaggerated(self, exaggeration: float) -> CharacterNetwork:
        """Return the same head whose resting displacement and swing are larger than the physics' own.

        Args:
            exaggeration: factor on both. Expressions stay as they are: a paralysed cheek would move backwards.

        Returns:
            The networks with this factor.
        """
        if exaggeration == self.exaggeration:
            return self
        other = replace(self, exaggeration=exaggeration)
        kept = {*_OF_HEAD, *_OF_TARGET} - {"sway"}
        vars(other).update({name: array for name, array in vars(self).items() if name in kept})
        return other

    def _with(self, target: TissueSetting, solved: SolvedEdit | None) -> CharacterNetwork:
        """Return the networks with other fields, and with what was derived already and does not depend on them."""
        same = same_tissue(target, self.target) and _learned_from(solved) == _learned_from(self.solved)
        kept = (*_OF_HEAD, *_OF_TARGET) if same else _OF_HEAD
        other, own = replace(self, target=target, solved=solved), vars(self)
        vars(other).update({name: own[name] for name in kept if name in own})
        return other

    def compile(
        self, head: Head, observed: Observation, choice: ResidualChoice, arches: Jaws | None = None
    ) -> FrameProgram:
        """Return the frame from landmarks to vertices in the target material.

        Args:
            head: the head that these networks were made for.
            observed: the landmarks.
            choice: what they may do beside the latent.
            arches: the upper and the lower one of its teeth, where it wears any.

        Returns:
            The stages from (L, 3) displacements to (V, 3) vertices, metres, head frame.
        """
        neutral = self.neutral_vertices
        program = compile_landmarks(
            self.weights, self.head, self.basis, neutral, observed, choice, head, self.sway, arches
        )
        return self.in_target_material(program)

    def compile_weights(self, head: Head, arches: Jaws | None = None) -> FrameProgram:
        """Return SoftDECA's frame from ARKit weights to vertices in the target material.

        Args:
            head: the head that these networks were made for.
            arches: the upper and the lower one of its teeth, where it wears any.

        Returns:
            The stages from (52,) ARKit weights in 0..1 to (V, 3) vertices, metres, head frame.
        """
        program = compile_weights(self.weights, self.folded_forward(), self.basis, head, self.sway, arches)
        return self.weights_in_target_material(program)

    def weights_in_target_material(self, program: FrameProgram) -> FrameProgram:
        """Return a program of `compile_weights` in this target material.

        Args:
            program: stages of this head, with the forward network, a decoder and a sway.

        Returns:
            The stages with the forward network, the resting head and the sway of the target material.
        """
        decoder, forward = decoder_of(program), self.folded_forward()
        still = forward(np.zeros(ARKIT_COUNT, np.float32))
        own_rest = (still @ self.basis.matrix).reshape(-1, 3)
        shown = replace(decoder, solved_rest=self._resting_vertices(own_rest, own_rest))
        return self._with_table(program.with_stages(Forward(forward), shown, self.sway))

    def in_target_material(self, program: FrameProgram) -> FrameProgram:
        """Return a program of `compile` in this target material; its reading of landmarks stays the same.

        Args:
            program: stages of this head, with a decoder and a sway.

        Returns:
            The stages with the decoder and the sway of the target material. A face that does not move is the neutral one at
            rest, whatever the prior would guess.
        """
        decoder = decoder_of(program)
        map_, offset = self.material_map
        beside = [
            stage.in_material(self.followed(stage.rows))
            for stage in program.stages
            if isinstance(stage, Residual)
        ]
        material_rest = (offset + map_ @ decoder.rest_latent).astype(np.float32)
        own_rest = (material_rest @ self.basis.matrix).reshape(-1, 3)
        shown = replace(
            decoder,
            material_map=map_.astype(np.float32) if map_.any() else None,
            material_rest=material_rest,
            solved_rest=self._resting_vertices(own_rest),
        )
        return self._with_table(program.with_stages(*beside, shown, self.sway))

    def _resting_vertices(
        self, own: Float[np.ndarray, "vertices 3"], added: Float[np.ndarray, "vertices 3"] | float = 0.0
    ):
        """Return neutral vertices moved by the resting head, less the displacements that a driver adds by itself.

        It is the solved one, or else the network's `own`; None where that is shown as it is.
        """
        rest = None if self.solved is None else self.solved.rest
        if rest is None and self.exaggeration == 1.0:
            return None
        moved = self.exaggeration * (own if rest is None else rest)
        return (self.neutral_vertices + moved - added).astype(np.float32)

    def _with_table(self, program: FrameProgram) -> FrameProgram:
        table, decoder = None if self.solved is None else self.solved.table, decoder_of(program)
        stage = None
        if table is not None:
            directions = table.directions.astype(np.float32)
            stage = Edit(table.coefficients, directions, table.vertices, decoder.rest_latent)
        return program.with_stage_before("sway", stage, Edit.name)

    @cached_property
    def material_map(self) -> tuple[Float[np.ndarray, "latent latent"], Float[np.ndarray, "latent"]]:
        """M (Z, Z), and the constant (Z,) that the target material adds to a latent: zero for the default one."""
        default = self._default_latents
        learned = self._learned_target
        shown = self._target_latents if learned is self.target else self._latents(learned)
        return regression(default, shown - default, self._error)

    def followed(self, rows: Float[np.ndarray, "coordinates latent"]) -> Float[np.ndarray, "landmarks"]:
        """Return the fraction of the default material's motion that the target's makes, by regression over canonical expressions.

        Args:
            rows: (3 L, Z) metres, displacement of each landmark for a latent of one.

        Returns:
            (L,) fractions in 0..1.
        """
        both = self._default_latents, self._target_latents
        default, target = (latents - latents.mean(0) for latents in both)
        rows = rows.astype(float)
        own, across = (
            ((rows @ (default.T @ latents)) * rows).sum(1).reshape(-1, 3).sum(1)
            for latents in (default, target)
        )
        return np.clip(across / np.maximum(own, 1e-12), 0.0, 1.0)

    def folded_forward(self) -> FoldedLayers:
        """Return SoftDECA of this head and the target material.

        Returns:
            Layers from (52,) ARKit weights in 0..1 to the (Z,) latent; without the part that a table stands in for.
        """
        return folded_forward(self.weights, self._code, self._learned_target)

    @cached_property
    def gravity_compliance(self) -> Float[np.ndarray, "3 coordinates"]:
        """Displacements under 1 m/s^2 along each axis: (3, V*3) metres, head frame, target material.

        The simulator's of the resting head where it is solved; else the network's, mean over expressions.
        """
        if self.solved is not None and self.solved.compliance is not None:
            return self.solved.compliance.astype(np.float32).reshape(3, -1)
        latents, learned = [], self.target.nearest_learned()
        for axis in np.eye(3):
            pulled = [
                replace(learned, gravity=learned.gravity * _INWARD + side * _PULL_M_S2 * axis)
                for side in (1, -1)
            ]
            up, down = (expression_latents(self.weights, self._code, setting).mean(0) for setting in pulled)
            latents.append((up - down) / (2 * _PULL_M_S2))
        return np.array(latents, np.float32) @ self.head.basis

    @cached_property
    def sway(self) -> Sway:
        """The stage that moves the target material by an acceleration besides gravity."""
        compliance = self.gravity_compliance
        mode = sway_mode(compliance.reshape(3, -1, 3), self.neutral_vertices)
        return Sway(np.float32(self.exaggeration) * compliance, mode)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of the character file.

        Returns:
            Arrays by name, each name with the prefix `network.`: prior, condition, residual, target material, network weights.
        """
        own = {name: getattr(self, name) for name in _OWN} | {"shown": self.target.code()}
        if self.solved is not None:
            own |= {f"solved.{name}": array for name, array in self.solved.arrays().items()}
        return {PREFIX + name: array for name, array in own.items()} | {
            f"{PREFIX}weights.{name}": array for name, array in self.weights.arrays.items()
        }

    @staticmethod
    def from_arrays(
        arrays: dict[str, np.ndarray], neutral_vertices: np.ndarray, expressions: np.ndarray
    ) -> CharacterNetwork:
        """Return the networks from `arrays`.

        Args:
            arrays: arrays of a character file by name, with the prefix `network.`.
            neutral_vertices: (V, 3) metres, head frame.
            expressions: (52, V, 3) metres, displacements at weight one.

        Returns:
            The networks with the target material that the arrays give.

        Raises:
            TissueSettingError: for gravity or bones that cannot be simulated.
        """
        prefix = PREFIX + "weights."
        trained = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
        own = {name: arrays[PREFIX + name] for name in _OWN}
        target = setting_from_code(arrays[PREFIX + "shown"])
        prefix = PREFIX + "solved."
        solved = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
        edit = SolvedEdit.from_arrays(solved) if solved else None
        return CharacterNetwork(
            NetworkWeights(trained),
            neutral_vertices,
            expressions,
            target,
            **own,
            solved=edit,
            exaggeration=1.0,
        )

    @cached_property
    def _default_latents(self) -> Float[np.ndarray, "expressions latent"]:
        return self._latents(default_setting())

    @cached_property
    def _target_latents(self) -> Float[np.ndarray, "expressions latent"]:
        return self._latents(self.target)

    def _latents(self, setting: TissueSetting) -> Float[np.ndarray, "expressions latent"]:
        return expression_latents(self.weights, self._code, setting).astype(float)

    @property
    def _learned_target(self) -> TissueSetting:
        """The target material, without the part that a table stands in for."""
        table = None if self.solved is None else self.solved.table
        base = None if table is None else table.base(self.target)
        return self.target if base is None else base

    @property
    def _code(self) -> Float[np.ndarray, "code"]:
        return self.condition[: len(self.weights.arrays["code_std"])]

    @property
    def _error(self) -> Float[np.ndarray, "latent latent"]:
        return forward_error(self.weights, default_setting())


_OWN = ("prior_mean", "prior_covariance", "condition", "residual_std")
_OF_HEAD = ("basis", "head", "_default_latents")
"""Derived, and the same for every target material."""
_OF_TARGET = ("material_map", "_target_latents", "gravity_compliance", "sway")
"""Derived from the target material, and the same whether its resting head is solved or not."""


def character_network(
    weights: NetworkWeights,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    expressions: Float[np.ndarray, "52 vertices 3"],
    performer: TissueSetting | None = None,
) -> CharacterNetwork:
    """Return the networks of a head and its blendshapes, with the default target material.

    Args:
        weights: the trained network weights.
        neutral_vertices: (V, 3) metres, head frame.
        expressions: (52, V, 3) metres, displacements at weight one.
        performer: tissue of the performer; None where it is not known, and the prior is averaged over settings.

    Returns:
        The networks of the head.

    Raises:
        WeightsError: for a head of another model.
    """
    head = specialise(weights, neutral_vertices, expressions, performer)
    own = {name: getattr(head, name) for name in _OWN}
    return CharacterNetwork(weights, neutral_vertices, expressions, default_setting(), **own)


def _learned_from(solved: SolvedEdit | None) -> tuple[int, int]:
    """Return which parts of an edit, other than the resting head, stand in for what networks have learned."""
    return (id(None), id(None)) if solved is None else (id(solved.table), id(solved.compliance))
