"""The simulation as a source of training samples: every sample is tissue in equilibrium.

The actuation of an expression is fitted once and then acts under each of its settings. A scan already hangs in
upright gravity, so the sag of default tissue counts as part of the neutral head. The default setting without an
expression therefore moves nothing; softer tissue sags further, upside down it rises.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.sample_generator import MovedHead, SampleFailed
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_template import load_layer_template
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.fit_actuation import ActuationFitter, FittingSettings
from landmark_driver.simulation.actuation.simulated_head import (
    ActuatedExpression,
    SimulatedFace,
    SimulatedHead,
    actuated_load,
)
from landmark_driver.simulation.contact.head_contacts import head_contacts
from landmark_driver.simulation.energy.simulation_error import SimulationError
from landmark_driver.simulation.solver.load import Contact, Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.settled_derivative import settled_derivative
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_KEPT_SETTINGS, _KEPT_EXPRESSIONS = 2, 2
"""A factored simulator takes some 100 MB; all but the default setting's are used once."""
_LARGEST_MM = 65.0
"""The largest displacement that a dataset can hold."""
_VERSION = 4
"""The version, raised when the physics gives other results: the energies, the layers, the fit of the actuation, the parts."""
_SOLVING = SolverSettings(tolerance_mm=0.03)
_FITTING = FittingSettings(rounds=2, inverse_iterations=60, barrier_rounds=(1,), tries=2)


@dataclass(frozen=True)
class SimulationPhysics:
    """The simulation of any head of an identity model, layered first."""

    identities: IdentityModel
    contact: bool = False
    name: str = "simulation"
    solving: SolverSettings = _SOLVING
    kept_settings: int = _KEPT_SETTINGS
    """The number of settings whose simulators stay factored."""

    @property
    def settings(self) -> dict[str, Any]:
        return {"version": _VERSION, "solver": asdict(self.solving), "fit": asdict(_FITTING)}

    def __call__(self, head: IdentityHead) -> SimulatedTissue:
        expressions = expression_transfer(self.identities)(head)
        layered = layer_head(head, load_layer_template(self.identities.template()))
        contacts = head_contacts(layered) if self.contact else ()
        quick = _QuickHead(layered, expressions, self.solving, contacts=contacts)
        return SimulatedTissue(quick, self.contact, self.kept_settings)


class _QuickHead(SimulatedHead):
    """A head whose solves end earlier than those of `softdeca simulate`.

    On 24 samples the looser solver changes the equilibrium by 0.03 mm. On 8 expressions of one head the fit's two
    rounds leave 0.054 mm in the mean; a third round would leave 0.028 mm and cost a third more.
    """

    def __init__(
        self,
        layered: LayeredHead,
        expressions: np.ndarray,
        solving: SolverSettings,
        *,
        contacts: Sequence[Contact],
    ):
        super().__init__(layered, expressions, contacts=contacts)
        self.simulator.settings = solving
        self._fitter = ActuationFitter(self.simulator, self._target_nodes, _FITTING)


class SimulatedTissue:
    """A `SampleGenerator` by simulation, some tenths of a second a sample on one core.

    A result depends on its expression and setting alone: every solve starts from default tissue under the
    same actuation, whichever sample came before.
    """

    def __init__(self, head: SimulatedHead, contact: bool, kept_settings: int = _KEPT_SETTINGS):
        self._head, self._contact = head, contact
        self._simulators: _Newest[Simulator] = _Newest(kept_settings)
        self._acted: _Newest[ActuatedExpression] = _Newest(_KEPT_EXPRESSIONS)
        self._hanging: Float[np.ndarray, "vertices 3"] | None = None
        topology = head.layered.topology
        self._still = np.concatenate([topology.vertices_of(f"eyeball_{side}") for side in ("left", "right")])

    def __call__(self, weights: Float[np.ndarray, "52"], setting: TissueSetting) -> MovedHead:
        try:
            if self._hanging is None:
                self._hanging = self._settled(np.zeros_like(weights), default_setting()).vertices
            face = self._settled(weights, setting)
        except SimulationError as error:
            raise SampleFailed(f"{type(error).__name__}: {error}") from error
        displacement = face.vertices - self._hanging
        displacement[self._still] = 0.0
        largest_mm = 1e3 * np.abs(displacement).max()
        if largest_mm > _LARGEST_MM:
            raise SampleFailed(f"Expected no vertex to move by {_LARGEST_MM:g} mm, got {largest_mm:.1f} mm.")
        return MovedHead(displacement, _state(face, self._muscles(weights)))

    def gravity_compliance(self, setting: TissueSetting) -> Float[np.ndarray, "3 vertices 3"]:
        """Return the exact derivative of the resting head along gravity.

        Args:
            setting: the tissue.

        Returns:
            (3, V, 3) metres under 1 m/s^2 along each axis, head frame, zero at the eyeballs.

        Raises:
            SampleFailed: where there is no equilibrium.
        """
        still = np.zeros(ARKIT_COUNT)
        acted, simulator, bones = self._muscles(still), self._simulator(setting), self._head.bones_of(setting)

        def pulled(change: Float[np.ndarray, "3"]) -> tuple[Simulator, Load]:
            x, y, z = (setting.gravity + change).tolist()
            return simulator, actuated_load(acted, bones, (x, y, z))

        load = pulled(np.zeros(3))[1]
        try:
            face = self._settled(still, setting)
            nodes = face.settled.nodes
            moved = [
                settled_derivative(simulator, load, nodes, pulled(axis), pulled(-axis), 2.0)
                for axis in np.eye(3)
            ]
        except SimulationError as error:
            raise SampleFailed(f"{type(error).__name__}: {error}") from error
        rates = [self._head.vertices(nodes + rate, acted, load.poses) - face.vertices for rate in moved]
        compliance = np.array(rates)
        compliance[:, self._still] = 0.0
        return compliance

    def _settled(self, weights: Float[np.ndarray, "52"], setting: TissueSetting) -> SimulatedFace:
        return self._head.solve_static(
            self._muscles(weights),
            self._simulator(setting),
            gravity_m_s2=setting.gravity_m_s2,
            bones=self._head.bones_of(setting),
            contact=self._contact,
        )

    def _muscles(self, weights: Float[np.ndarray, "52"]) -> ActuatedExpression:
        return self._acted.get(weights.tobytes(), lambda: self._head.actuate(weights))

    def _simulator(self, setting: TissueSetting) -> Simulator:
        return self._simulators.get(setting.regions.tobytes(), lambda: self._head.with_setting(setting))


def _state(face: SimulatedFace, acted: ActuatedExpression) -> dict[str, float | int | None]:
    settled = face.settled
    return {
        "residual_mm": round(settled.residual_mm, 5),
        "iterations": settled.iterations,
        "volume_change": round(settled.volume_change, 5),
        "inversions": settled.inversions,
        "penetrations": settled.penetrations,
        "muscle_error_mm": round(float(acted.errors_mm.mean()), 4),
    }


_Value = TypeVar("_Value")


class _Newest(Generic[_Value]):
    """The values that were used last."""

    def __init__(self, count: int):
        self._count, self._values = count, OrderedDict[bytes, _Value]()

    def get(self, key: bytes, make: Callable[[], _Value]) -> _Value:
        if key not in self._values:
            self._values[key] = make()
            while len(self._values) > self._count:
                self._values.popitem(last=False)
        self._values.move_to_end(key)
        return self._values[key]
