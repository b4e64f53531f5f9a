"""Rounding a matrix so that its product with typical inputs changes little.

Column by column, the columns that are still to be rounded make up for the error of rounding, as far as they have the
same inputs (Frantar et al. 2022, GPTQ):

    Uᵀ U = H⁻¹,   e = (w_i - round(w_i)) / U_ii,   W_:,i+1.. -= e U_i,i+1..

for inputs of covariance H. Neighbouring landmarks move alike: the gain of a landmark is rounded for them together.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def rounded_for(
    matrix: Float[np.ndarray, "out inner"], covariance: Float[np.ndarray, "inner inner"]
) -> Float[np.ndarray, "out inner"]:
    """Return a matrix rounded to whole numbers, columns of inputs that vary most first.

    Args:
        matrix: (M, N) in steps of the rounding.
        covariance: (N, N) of the inputs, positive definite; its unit does not matter.

    Returns:
        (M, N) whole numbers as floats, columns in the order of `matrix`.
    """
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
