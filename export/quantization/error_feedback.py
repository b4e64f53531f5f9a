"""Rounding a matrix so that its product with typical inputs changes little.

Column by column, what rounding takes is made up for by the columns that are still to be rounded, as far as these
see the same inputs (Frantar et al. 2022, GPTQ):

    Uᵀ U = H⁻¹,   e = (w_i - round(w_i)) / U_ii,   W_:,i+1.. -= e U_i,i+1..

for inputs of covariance H. Neighbouring landmarks move alike: the gain of a landmark is rounded for them together.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def rounded_for(
    matrix: Float[np.ndarray, "out inner"], covariance: Float[np.ndarray, "inner inner"]
) -> Float[np.ndarray, "out inner"]:
    """Whole numbers, in the order of inputs that vary most."""
    order = np.argsort(-np.diag(covariance), kind="stable")
    left = matrix[:, order].astype(float)
    inverse = np.linalg.inv(covariance[np.ix_(order, order)])
    upper = np.linalg.cholesky((inverse + inverse.T) / 2).T
    for column in range(left.shape[1]):
        whole = np.rint(left[:, column])
        error = (left[:, column] - whole) / upper[column, column]
        left[:, column + 1 :] -= error[:, None] * upper[column, column + 1 :]
        left[:, column] = whole
    return left[:, np.argsort(order)]
