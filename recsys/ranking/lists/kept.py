"""Lists of an earlier day that are kept: nothing that they were made of has changed, and they are not due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from recsys.artifacts import fingerprint
from recsys.events.digests import Hashes
from recsys.events.interactions import Ints, Mask
from recsys.ranking import clock
from recsys.ranking.lists import provenance
from recsys.ranking.lists.provenance import Earlier, Known
from recsys.schema import HISTORY, ITEM_IDS, LISTED, MADE_ON, SIDE, USER_ID
from recsys.stages import Job


@dataclass(frozen=True)
class Verdict:
    """Which lists of today are those of an earlier day."""

    place: Ints
    """Row of each user's earlier list, -1 for none, (n_users,)."""
    why: npt.NDArray[np.object_]
    """Why each user's list is made; "" where it is kept, (n_users,)."""

    @cached_property
    def kept(self) -> Mask:
        """Where the earlier list is kept, (n_users,)."""
        return np.asarray(self.why == "", bool)


def facts(job: Job) -> dict[str, str]:
    """What must agree for a list to be kept: settings and code, and what signals and ranker learnt."""
    learnt = [[made.facts[name] for name in clock.LEARNT] for made in (job.manifest("signals"), job.manifest("ranker"))]
    made_with = fingerprint(job.manifest("ranker").facts[clock.WITH], job.made_with)
    return {"made_with": made_with, "learnt": fingerprint(learnt)}


def read(job: Job) -> tuple[Earlier | None, str]:
    """The lists of the earlier day, or None and why none is kept."""
    if job.earlier is None:
        return None, "there are none of an earlier day"
    now, then = facts(job), job.earlier.facts
    if then.get("made_with") != now["made_with"]:
        return None, "settings or code differ"
    if then["learnt"] != now["learnt"]:
        return None, "models were learnt since"
    found = provenance.read(job.earlier)
    if found is None:
        return None, "the removal of a user from them was cut off"
    return (found, "") if len(found.lists) else (None, "there are none of an earlier day")


def judge(known: Known, earlier: Earlier | None, why: str, job: Job) -> Verdict:
    """Which lists are kept; where there are no earlier lists, `why` is the same for all."""
    nobody = np.full(len(known.user_ids), -1, np.int32)
    if earlier is None:
        return Verdict(nobody, np.full(len(nobody), why, object))
    place = pd.Index(earlier.of(USER_ID)).get_indexer(known.user_ids).astype(np.int32)
    length, settings = pc.list_value_length(earlier.lists[ITEM_IDS]).to_numpy(), job.settings.lists
    made_on = earlier.of(MADE_ON).astype("datetime64[D]").astype(np.int64)
    checks = {
        "users without a list": place < 0,
        "changed histories": earlier.of(HISTORY)[place] != known.history,
        "changed attributes or follows": earlier.of(SIDE)[place] != known.side,
        "items gone or renamed": (earlier.of(LISTED) != known.listed(earlier.lists[ITEM_IDS]))[place],
        "interests renamed": earlier.quoting(known.interests)[place],
        "short lists": (length < settings.top_n)[place],
        "due": due(known.hashes, made_on[place], job.as_of, settings.remake_every_days),
    }
    return Verdict(place, np.select(list(checks.values()), list(checks), ""))


def due(hashes: Hashes, made_on: npt.NDArray[np.int64], as_of: date, every: int) -> Mask:
    """Where a user's day came since the list was young; it comes every so many days, each day to an equal share.

    A list is young for the first half of these: after a day on which all were made, none is due at once. `made_on` are
    days since 1970. The upper bits of the hash determine the day, since the lower determine the shard.

    >>> hashes, made_on = np.arange(4, dtype=np.uint64) << np.uint64(32), np.zeros(4, int)
    >>> [due(hashes, made_on, date(1970, 1, 1 + day), 4).tolist().count(True) for day in (1, 2, 3, 4)]
    [0, 1, 2, 3]
    """
    phase, today = ((hashes >> np.uint64(32)) % np.uint64(every)).astype(np.int64), (as_of - date(1970, 1, 1)).days
    young = made_on + (every - 1) // 2
    return np.asarray((today + phase) // every > (young + phase) // every)
