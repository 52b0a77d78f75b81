"""The peers, each with at most eight configurations to be tuned among.

The grids were moved once, where the choice on MovieLens's validation cut lay on an edge; the test had no say in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.quality.contract import Peer, grid
from benchmarks.quality.ease import EASE
from benchmarks.quality.item_knn import ITEM_KNN
from benchmarks.quality.outside import Outside
from benchmarks.quality.popular import POPULARITY, RECENT
from benchmarks.quality.user_knn import USER_KNN

TRIES = 8
"""Most configurations of a peer."""

ALS = Outside("ALS (implicit)", "als", (
    *grid(factors=(64, 128), regularization=(1.0,), alpha=(1.0,), iterations=(15,)),
    *grid(factors=(64, 128), regularization=(10.0,), alpha=(2.0, 5.0), iterations=(15,)),
    *grid(factors=(64, 128), regularization=(30.0,), alpha=(5.0,), iterations=(15,)),
), newcomers=True)  # fmt: skip
BPR = Outside("BPR (implicit)", "bpr", grid(
    factors=(128,), learning_rate=(0.005, 0.01), regularization=(0.003, 0.01), iterations=(200, 400)
), newcomers=False)  # fmt: skip
LIGHTFM = Outside("LightFM (WARP)", "warp", grid(
    factors=(96, 192), categories=(0, 1), regularization=(1e-5,), epochs=(40, 100)
), newcomers=False)  # fmt: skip
SASREC = Outside("SASRec (RecTools)", "sasrec", (
    *grid(loss=("softmax",), n_blocks=(1, 2), n_heads=(1,), n_factors=(64,), session_max_len=(50,), lr=(2e-3,),
          dropout_rate=(0.3,), batch_size=(16,), epochs=(5, 10)),
    *grid(loss=("gBCE",), gbce_t=(0.75,), n_negatives=(64,), n_blocks=(1, 2), n_heads=(1,), n_factors=(64,),
          session_max_len=(100,), lr=(2e-3,), dropout_rate=(0.3,), batch_size=(16,), epochs=(10, 25)),
), newcomers=True)  # fmt: skip

PEERS: tuple[Peer, ...] = (POPULARITY, RECENT, ITEM_KNN, USER_KNN, EASE, ALS, BPR, LIGHTFM, SASREC)
NAMES = tuple(peer.name for peer in PEERS)


def named(names: Sequence[str]) -> tuple[Peer, ...]:
    """The peers whose names begin so, in the order of the roster; all without names.

    >>> [peer.name for peer in named(["EASE", "Pop"])]
    ['popularity', 'EASE']
    """
    wanted = tuple(name.lower() for name in names)
    return tuple(peer for peer in PEERS if not wanted or peer.name.lower().startswith(wanted))
