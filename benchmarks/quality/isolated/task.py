"""A task as the parent wrote it, and lists as it reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Task:
    """Positive events of the known users and of those who ask, in order of time within a row."""

    known_user: Ints
    known_item: Ints
    asking_row: Ints
    asking_item: Ints
    asking_user: Ints
    """Row of the requesting user, (n_requests,); -1 for unknown users."""
    seen: sp.csr_matrix
    """(n_requests, n_items)."""
    available: npt.NDArray[np.bool_]
    domain: Ints
    """(n_items,)."""
    within: Ints
    """Domain whose items alone are ranked for each request, (n_requests,); -1 for all."""
    categories: sp.csr_matrix
    """(n_items, n_categories)."""
    n_users: int
    n_items: int

    def known(self) -> sp.csr_matrix:
        """1 where a known user has a positive of an item, (n_users, n_items) float32."""
        return _binary(self.known_user, self.known_item, (self.n_users, self.n_items))

    def asking(self) -> sp.csr_matrix:
        """1 where an item is in the history of a request, (n_requests, n_items) float32."""
        return _binary(self.asking_row, self.asking_item, (len(self.asking_user), self.n_items))


def read(file: Path) -> Task:
    """The task of a file."""
    with np.load(file) as found:
        stored: dict[str, Any] = dict(found)
    n_users, n_items, n_requests = int(stored["n_users"]), int(stored["n_items"]), len(stored["asking_user"])
    return Task(
        stored["known_user"],
        stored["known_item"],
        stored["asking_row"],
        stored["asking_item"],
        stored["asking_user"],
        _rows(stored["seen_start"], stored["seen_item"], (n_requests, n_items)),
        stored["available"],
        stored["domain"],
        stored["within"],
        _rows(stored["category_start"], stored["category"], (n_items, int(stored["n_categories"]))),
        n_users,
        n_items,
    )


def best(scores: Floats, task: Task, depth: int) -> tuple[Ints, Floats]:
    """The open items of highest score and their scores, each (n_requests, depth); -1 where a list is short."""
    asked = (task.within[:, None] < 0) | (task.domain == task.within[:, None])
    scores = np.where(task.available & asked & (task.seen.toarray() == 0), scores, -np.inf)
    items = np.argsort(-scores, axis=1, kind="stable")[:, :depth].astype(np.int32)
    found = np.take_along_axis(scores, items, axis=1)
    is_listed = np.isfinite(found)
    return np.where(is_listed, items, -1), np.where(is_listed, found, 0.0).astype(np.float32)


def _binary(row: Ints, column: Ints, shape: tuple[int, int]) -> sp.csr_matrix:
    matrix = sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    matrix.data[:] = 1.0
    return matrix


def _rows(start: Ints, column: Ints, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(column), np.float32), column, start), shape=shape)
