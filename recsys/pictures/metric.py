"""How pictures are compared: what two of them have in common that users take together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Floats
from recsys.pictures.pairs import MIN_PAIRS, Pairs

RIDGES = (0.03, 0.3)
"""Ridges that are tried, as shares of the mean variance of a picture's vector."""


def learnt(centred: Floats, pairs: Pairs) -> Iterator[Floats]:
    """Maps under which pictures that are taken together are close, a map per ridge; none for too few pairs.

    For pairs (x, y) with E[xx'] = S and E[xy'] = C (both symmetrised) scores x' S⁻¹ C S⁻¹ y are the first order of the
    likelihood ratio of "taken together" under a joint Gaussian (PLDA: Ioffe 2006); the map is the root of that matrix.
    Correlations S^-½ C S^-½ are at least 0 in truth: negative estimates show how large those by chance are.
    """
    if len(pairs.first) < MIN_PAIRS:
        return
    ones, shape = np.ones(len(pairs.first), np.float32), (len(centred), len(centred))
    counts = sp.csr_matrix((ones, (pairs.first, pairs.second)), shape=shape)
    shares = (counts + counts.T) / (2 * len(pairs.first))
    across = (centred.T @ (shares @ centred)).astype(float)
    within = (centred.T @ (np.asarray(shares.sum(axis=1)) * centred)).astype(float)
    for ridge in RIDGES:
        eased = within + ridge * np.trace(within) / len(within) * np.eye(len(within))
        white = _power(eased, -0.5)
        values, axes = np.linalg.eigh(white @ across @ white)
        telling = np.where(values > -values[0], values, 0)
        if telling.any():
            found = _power(white @ (axes * telling) @ axes.T @ white, 0.5)
            yield (found / np.linalg.norm(found, 2)).astype(np.float32)


def _power(matrix: npt.NDArray[np.float64], power: float) -> npt.NDArray[np.float64]:
    """The power of a symmetric matrix whose eigenvalues are at least 0."""
    values, axes = np.linalg.eigh(matrix)
    values = np.where(values > 1e-9, values, 1) ** power * (values > 1e-9)
    return np.asarray((axes * values) @ axes.T)
