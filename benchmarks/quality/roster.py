"""The peers, each with at most eight configurations to be tuned among.

The grids were moved once, where the selection on a validation cut lay on an edge: docs/peers.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.quality.contract import FAMILIES, Peer, grid
from benchmarks.quality.ease import EASE
from benchmarks.quality.follows_knn import FOLLOWS_KNN
from benchmarks.quality.item_knn import ITEM_KNN
from benchmarks.quality.kernel_ridge import KERNEL_RIDGE
from benchmarks.quality.outside import Outside
from benchmarks.quality.popular import POPULARITY, RECENT
from benchmarks.quality.source_knn import SOURCE_KNN
from benchmarks.quality.user_knn import USER_KNN

TRIES = 8
"""Most configurations of a peer."""

ALS = Outside(
    "ALS (implicit)",
    "als",
    (
        *grid(factors=(64, 128), regularization=(1.0,), alpha=(1.0,), iterations=(15,)),
        *grid(factors=(64, 128), regularization=(10.0,), alpha=(2.0, 5.0), iterations=(15,)),
        *grid(factors=(64, 128), regularization=(30.0,), alpha=(5.0,), iterations=(15,)),
    ),
    families=FAMILIES,
)
BPR = Outside(
    "BPR (implicit)",
    "bpr",
    grid(factors=(128,), learning_rate=(0.005, 0.01), regularization=(0.003, 0.01), iterations=(200, 400)),
    families=("warm",),
)
LIGHTFM = Outside(
    "LightFM (WARP)",
    "warp",
    grid(factors=(96, 192), categories=(0, 1), regularization=(1e-5,), epochs=(40, 100)),
    families=("warm",),
)
_ONE_BLOCK: Mapping[str, Sequence[float | int | str]] = {
    "n_blocks": (1,),
    "n_heads": (1,),
    "n_factors": (64,),
    "lr": (5e-3,),
    "batch_size": (16,),
}
_SAMPLED: Mapping[str, Sequence[float | int | str]] = {"loss": ("sampled_softmax",), "n_negatives": (64,), **_ONE_BLOCK}
SASREC = Outside(
    "SASRec (RecTools)",
    "sasrec",
    (
        *grid(**_SAMPLED, session_max_len=(50,), dropout_rate=(0.3, 0.5), epochs=(15, 25)),
        *grid(**_SAMPLED, session_max_len=(100,), dropout_rate=(0.3,), epochs=(25, 40)),
        *grid(loss=("softmax",), **_ONE_BLOCK, session_max_len=(50,), dropout_rate=(0.3,), epochs=(10, 20)),
    ),
    families=("warm", "cold", "social"),
)

PEERS: tuple[Peer, ...] = (
    POPULARITY,
    RECENT,
    ITEM_KNN,
    USER_KNN,
    EASE,
    KERNEL_RIDGE,
    SOURCE_KNN,
    FOLLOWS_KNN,
    ALS,
    BPR,
    LIGHTFM,
    SASREC,
)
NAMES = tuple(peer.name for peer in PEERS)


def named(names: Sequence[str]) -> tuple[Peer, ...]:
    """The peers whose names begin so, in the order of the roster; all without names.

    >>> [peer.name for peer in named(["EASE", "Pop"])]
    ['popularity', 'EASE']
    """
    wanted = tuple(name.lower() for name in names)
    return tuple(peer for peer in PEERS if not wanted or peer.name.lower().startswith(wanted))
