"""The same element functions in a CUDA grid, one thread a tetrahedron.

Forces meet in the gradient by atomic addition, so two runs differ by rounding (below 1e-12 of the largest).
Arrays that do not change stay on the device; positions go there and the gradient comes back in each call.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numba import cuda

from landmark_driver.simulation.energy.elastic_kernel import edges, rest_inverse, tissue_row
from landmark_driver.simulation.energy.element_energy import element_stress
from landmark_driver.simulation.energy.tensor3 import product, transpose

_THREADS = 128


@cuda.jit
def _element_kernel(x, tets, rest, tissue, energy, gradient):
    t = cuda.grid(1)  # pyright: ignore[reportCallIssue]
    if t >= tets.shape[0]:
        return
    inverse = rest_inverse(rest, t)
    a, det_a, mu, lam, w = tissue_row(tissue, t)
    density, stress = element_stress(product(edges(x, tets, t), inverse), a, det_a, mu, lam, w)
    volume = rest[t, 9]
    cuda.atomic.add(energy, 0, volume * density)
    h = product(stress, transpose(inverse))
    for axis in range(3):
        on_q, on_r, on_s = volume * h[3 * axis], volume * h[3 * axis + 1], volume * h[3 * axis + 2]
        cuda.atomic.add(gradient, (tets[t, 1], axis), on_q)
        cuda.atomic.add(gradient, (tets[t, 2], axis), on_r)
        cuda.atomic.add(gradient, (tets[t, 3], axis), on_s)
        cuda.atomic.add(gradient, (tets[t, 0], axis), -(on_q + on_r + on_s))


class CudaTetrahedra:
    """Rest shape and tissue on the device, evaluated for positions.

    The constructor takes (tets, 4) nodes and the rows of rest shape and tissue of `elastic_kernel`.
    """

    def __init__(self, tets: np.ndarray, rest: np.ndarray, tissue: np.ndarray):
        self._tets, self._rest = cuda.to_device(tets), cuda.to_device(rest)
        self._tissue = cuda.to_device(tissue)
        self._blocks = -(-len(tets) // _THREADS)

    def set_tissue(self, tissue: np.ndarray) -> None:
        """Copy new rows of tissue to the device.

        Args:
            tissue: (tets, 10) rows of `elastic_kernel`.
        """
        self._tissue.copy_to_device(tissue)

    def energy_and_gradient(
        self, x: Float[np.ndarray, "nodes 3"], gradient: Float[np.ndarray, "nodes 3"]
    ) -> float:
        """Return the energy and write its gradient.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, overwritten.

        Returns:
            Joules.
        """
        energy = cuda.to_device(np.zeros(1))
        on_device = cuda.to_device(np.zeros_like(x))
        _element_kernel[self._blocks, _THREADS](  # pyright: ignore[reportIndexIssue]
            cuda.to_device(x), self._tets, self._rest, self._tissue, energy, on_device
        )
        on_device.copy_to_host(gradient)
        return float(energy.copy_to_host()[0])


def cuda_is_available() -> bool:
    """Return whether a CUDA device can be used.

    Returns:
        True where Numba finds a device and its driver.
    """
    return bool(cuda.is_available())
