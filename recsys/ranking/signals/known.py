"""What signals are fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import scipy.sparse as sp

from recsys.events.interactions import Interactions, decayed
from recsys.events.side import SideInformation
from recsys.interests.stage import ItemInterests
from recsys.ranking.signals.sequence_model.sequence import Sequence
from recsys.settings import Settings
from recsys.transfer.model import Transfer


@dataclass(frozen=True)
class Known:
    """Behaviour up to a cutoff, and what does not depend on it."""

    interactions: Interactions
    items: ItemInterests
    text_links: sp.csr_matrix
    """Cosine to the most similar texts, (n_items, n_items)."""
    side: SideInformation
    transfer: Transfer
    settings: Settings
    earlier: Sequence | None = None
    """The network of an earlier day, with the items of today, to resume training from; None: it is trained anew."""

    @cached_property
    def weights(self) -> sp.csr_matrix:
        """Decayed positive weights, (n_users, n_items)."""
        weight = decayed(self.interactions, self.settings.events.half_life_days)
        shape = (self.interactions.n_users, self.interactions.n_items)
        matrix = sp.csr_matrix((weight, (self.interactions.user, self.interactions.item)), shape=shape)
        matrix.eliminate_zeros()
        return matrix
