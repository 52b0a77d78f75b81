"""What is hidden and asked for. The validation of a protocol is the same cut, made once more on its known side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recsys.evaluation.protocols.social import ALL
from recsys.events.held_out import some_entries, without_entries
from recsys.events.interactions import Interactions, Ints
from recsys.events.side import SideInformation
from recsys.events.split import Split, keep, leave_last, requested_at, reveal, sample, stack

MAX_REQUESTS = 5000
"""Requests of a protocol; a larger set is judged by a random sample."""
NEW_SHARE = 0.2
"""Share of the users who are hidden, whole or from one domain."""
REVEALED = (0, 1, 3, 5)
"""Events of a new user that are revealed."""
WANTED = 10
"""Next positive events of a new user that are targets."""
LINKED_REVEALED = (0, 1, 3, 10)
"""Events of a new user with links that are revealed; all others are targets."""
SEED = 2026
"""Draws new users and samples, the same whatever a model's seed: seeds are averaged over the same users, and nothing is
tuned on those it is tested on."""
ANYWHERE = -1


@dataclass(frozen=True)
class Cut:
    """What is known, and the requests of one or more protocols."""

    known: Interactions
    splits: Mapping[str, Split]
    """By protocol; none without requests."""
    domains: Mapping[str, int] = field(default_factory=dict)
    """Domain whose items alone are ranked, by protocol; of a protocol that is not named here, all items are."""

    def together(self) -> Split:
        """All requests as one split, in the order of the protocols."""
        return stack(list(self.splits.values()))

    @property
    def within(self) -> Ints:
        """Domain whose items alone are ranked for each of these requests, (n_requests,); `ANYWHERE` for all."""
        parts = [np.full(len(split.requests), self.domains.get(name, ANYWHERE)) for name, split in self.splits.items()]
        return np.concatenate(parts).astype(np.int32)

    def at(self, day: float) -> Cut:
        """The same requests at one time: where an order stands in for times, their own would tell users apart."""
        return replace(self, splits={name: requested_at(split, day) for name, split in self.splits.items()})


def warm(interactions: Interactions, count: int) -> Cut:
    """Each user's last `count` positive events are hidden and asked for."""
    known, split = leave_last(interactions, count)
    return Cut(known, _asked({"warm": split}))


def cold(interactions: Interactions) -> Cut:
    """Some users are hidden whole, then shown with their first few events; their next ones are asked for."""
    known, new_users = _hidden(interactions, np.unique(interactions.user))
    return Cut(known, _asked({f"cold-{count}": reveal(new_users, count, WANTED) for count in REVEALED}))


def social(interactions: Interactions, side: SideInformation) -> Cut:
    """Some of the users who follow somebody are hidden whole, then known by their links and their first few events.

    All the rest is asked for. The whole graph stays. Without links nobody is asked.
    """
    active = np.unique(interactions.user)
    known, new_users = _hidden(interactions, active[np.diff(side.graph.indptr)[active] > 0])
    return Cut(known, _asked({f"social-{count}": reveal(new_users, count, ALL) for count in LINKED_REVEALED}))


def _hidden(interactions: Interactions, users: Ints) -> tuple[Interactions, Interactions]:
    """What is known without a share of these users, all of them with events, and what they did.

    So the hidden of an outer cut are not drawn again.
    """
    drawn = np.random.default_rng(SEED).random(len(users)) < NEW_SHARE
    hidden = np.isin(interactions.user, users[drawn])
    return interactions.take(~hidden), interactions.take(hidden)


def cross(interactions: Interactions, side: SideInformation) -> Cut:
    """A share of the users who came to a domain from others is made new to it; all their positives there are targets.

    The domain alone is ranked, in a protocol of its own; a user is new to one domain at most. Without two domains
    nobody is asked.
    """
    targets = [place for place, name in enumerate(side.domains) if name]
    if len(set(targets) & set(side.domain[interactions.item[interactions.positive]].tolist())) < 2:
        return Cut(interactions, {})
    rng = np.random.default_rng((SEED, len(interactions.user)))  # drawn anew on the smaller side of an outer cut
    entered = some_entries(interactions, side.domain, targets, NEW_SHARE, rng)
    known, split = without_entries(interactions, side.domain, entered)
    to = np.where(np.diff(split.targets.indptr) > 0, entered[split.requests.user], ANYWHERE)
    domains = {f"cross-domain {side.domains[place]}": place for place in targets}
    splits = _asked({name: keep(split, to == place) for name, place in domains.items()})
    return Cut(known, splits, {name: domains[name] for name in splits})


def _asked(splits: Mapping[str, Split]) -> dict[str, Split]:
    rng = np.random.default_rng(SEED)
    return {name: sample(split, MAX_REQUESTS, rng) for name, split in splits.items() if len(split.requests)}
