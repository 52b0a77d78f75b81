"""Whether those who share an attribute's value differ from everybody, and how much of it is no chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.stats import chi2
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from recsys.events.interactions import Floats

Numbers = npt.NDArray[np.float64]

FACTORS = 32
"""Dimensions in which positives are compared."""
CHANCE = 0.05
"""How often any of all the values may be taken as informative when none of them is."""


def positive_factors(positives: sp.csr_matrix) -> Floats:
    """Users' positives in a few dimensions, (n_users, at most `FACTORS`): SVD of their weights, rows of length 1."""
    rank = min(FACTORS, *(side - 1 for side in positives.shape))
    if rank < 1 or not positives.nnz:
        return np.zeros((positives.shape[0], 1), np.float32)
    left, size, _ = randomized_svd(normalize(positives), rank, random_state=0)
    return np.asarray(left * size, np.float32)


def separation(distribution: Floats, holders: sp.csr_matrix) -> Numbers:
    """How far a value's holders differ from everybody beyond chance, (n_values,), at least 0.

    w_v = |P_v - P|² / s² - 1 / m_v, with P the mean of all users, s² their variance: the share of it that lies
    between groups, by the method of moments (DerSimonian & Laird 1986). It is 0 unless |P_v - P|² m_v / s² exceeds
    what, by chance alone, any of all values would exceed in 1 case of 20: a quantile of χ²_k / k, k = (tr C)² / tr C²
    with C the covariance of the users (Satterthwaite 1946).

    `distribution` is what users are compared by, (n_users, n_dimensions), `holders` is 1 where a user has a value,
    (n_users, n_values).

    >>> tastes, sex = np.repeat(np.eye(2, dtype=np.float32), 40, axis=0), np.repeat(np.eye(2), 40, axis=0)
    >>> separation(tastes, sp.csr_matrix(sex)).round(2).tolist()
    [0.96, 0.96]
    >>> separation(tastes, sp.csr_matrix(np.tile(np.eye(2), (40, 1)))).tolist()
    [0.0, 0.0]
    """
    own = distribution - distribution.astype(float).sum(axis=0) / max(len(distribution), 1)
    covariance = own.T @ own / max(len(own) - 1, 1)
    variance, roundness = np.trace(covariance), np.sum(covariance**2)
    count = np.maximum(np.asarray(holders.sum(axis=0)).ravel(), 1.0)
    apart = ((np.asarray(holders.T @ own) / count[:, None]) ** 2).sum(axis=1)
    if not variance > 0:
        return np.zeros(len(count))
    freedom, values = variance**2 / roundness, max(len(count), 1)
    beyond_luck = apart * count / variance > chi2.ppf(1 - CHANCE / values, freedom) / freedom
    return np.asarray(np.maximum(apart / variance - 1 / count, 0) * beyond_luck)
