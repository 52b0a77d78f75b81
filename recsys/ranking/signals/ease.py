"""EASE: a linear model of which items go together (Steck 2019, "Embarrassingly Shallow Autoencoders").

The columns of EASE are ridge regressions apart from each other; each is solved among the items that it goes with most
(as in fsSLIM, Ning & Karypis 2011), so that time and memory grow with the items and not with their cube and square.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.item_to_item import ItemToItem, strongest
from recsys.ranking.signals.known import Known

EASE = Spec("ease", "item-to-item", Phrases("goes together with {title}", "常与{title}一起被选"), needs_history=True)
NEIGHBOURHOOD = 64
"""Items of the system solved for an item, those of highest cosine."""
AT_ONCE, ROWS = 4096, 256
"""Neighbourhoods that are solved at once, and rows of the Gram matrix that are expanded for them at once."""
LONGEST = 300
"""Latest positives of a user that count as going together."""


def fit(known: Known) -> list[ItemToItem]:
    """EASE of each user's positives."""
    return [of(known.interactions, known.settings.ranking.ease_l2)]


def of(interactions: Interactions, l2: float) -> ItemToItem:
    """EASE with ridge penalty `l2`.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> pair = Interactions(ints(0, 0, 1), ints(0, 1, 2), np.ones(3, np.float32), np.zeros(3), 2, 3)
    >>> of(pair, l2=1.0).links.toarray().round(2).tolist()
    [[0.0, 0.5, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    positives = interactions.first_positives
    matrix = positives.take(positives.order_from_end < LONGEST).positives
    items = np.flatnonzero(np.diff(matrix.tocsc().indptr)).astype(np.int32)
    gram = sp.csr_matrix(matrix[:, items].T @ matrix[:, items], dtype=np.float32)
    return ItemToItem(EASE, _spread(_links(gram, l2), items, interactions.n_items), latest=LONGEST)


def _links(gram: sp.csr_matrix, l2: float) -> sp.csr_matrix:
    """Column j of B solved among the items N of its neighbourhood, (G_NN + λI) b = G_Nj; the strongest of each row."""
    gram.sort_indices()
    size = gram.diagonal()
    scaled = sp.csr_matrix(sp.diags(1 / np.sqrt(size)) @ gram @ sp.diags(1 / np.sqrt(size)))
    scaled.setdiag(0)
    scaled.eliminate_zeros()
    near = strongest(scaled, NEIGHBOURHOOD)
    if not near.nnz:
        return near
    parts = [
        _solved(gram, near, np.arange(start, min(start + AT_ONCE, gram.shape[0])), l2)
        for start in range(0, gram.shape[0], AT_ONCE)
    ]
    return strongest(sp.csr_matrix(sp.vstack(parts).T))


def _solved(gram: sp.csr_matrix, near: sp.csr_matrix, targets: np.ndarray, l2: float) -> sp.csr_matrix:
    """Columns of B of some items as rows, (n_targets, n_items)."""
    counts = np.diff(near.indptr)[targets]
    width = int(counts.max(initial=1))
    places = near.indptr[targets][:, None] + np.arange(width)
    inside = np.arange(width) < counts[:, None]
    around = np.where(inside, near.indices[np.minimum(places, near.nnz - 1)], 0)
    above, below = np.triu_indices(width, 1)
    block = np.zeros((len(targets), width, width), np.float32)
    pairs = _entries(gram, around[:, above].ravel(), around[:, below].ravel()).reshape(len(targets), -1)
    block[:, above, below] = block[:, below, above] = pairs * (inside[:, above] & inside[:, below])
    block[:, np.arange(width), np.arange(width)] = gram.diagonal()[around] * inside + np.float32(l2)
    wanted = _entries(gram, np.repeat(targets, width), around.ravel()).reshape(around.shape) * inside
    weights = np.linalg.solve(block, wanted[:, :, None])[:, :, 0]
    row = np.repeat(np.arange(len(targets)), width)[inside.ravel()]
    return sp.csr_matrix((weights[inside], (row, around[inside])), shape=(len(targets), gram.shape[0]))


def _entries(gram: sp.csr_matrix, row: Ints, column: Ints) -> Floats:
    """Entries of the matrix, (n_entries,): few rows at a time are expanded in full, and read in their order."""
    places = sp.csr_matrix((np.arange(len(row)), (row, np.arange(len(row)))), shape=(gram.shape[0], len(row)))
    found = np.zeros(len(row), np.float32)
    for start in range(0, gram.shape[0], ROWS):
        end = min(start + ROWS, gram.shape[0])
        here = places.data[places.indptr[start] : places.indptr[end]]
        if len(here):
            found[here] = gram[start:end].toarray()[row[here] - start, column[here]]
    return found


def _spread(links: sp.csr_matrix, items: np.ndarray, n_items: int) -> sp.csr_matrix:
    """Links among `items` as links among all."""
    found = links.tocoo()
    return sp.csr_matrix((found.data, (items[found.row], items[found.col])), shape=(n_items, n_items), dtype=np.float32)
