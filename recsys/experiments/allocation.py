"""Which buckets of users each arm holds: a larger share keeps every user who was in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from recsys.errors import SettingsError

CHAMPION = "champion"
"""Name of the arm of all users whom no challenger holds: they read the live publication."""
BUCKETS = 10_000
SUCH_AS = "such as champion=90,challenger=10"


def parse(text: str) -> dict[str, float]:
    """Shares in percent by arm, champion first; raises `SettingsError` for what is no share, or for no whole of 100.

    >>> parse("challenger=10,champion=90")
    {'champion': 90.0, 'challenger': 10.0}
    """
    pairs = [part.partition("=") for part in text.split(",")]
    try:
        given = {name.strip(): float(share) for name, _, share in pairs}
    except ValueError:
        raise _refused("the shares of the arms cannot be read", text, SUCH_AS) from None
    if len(given) < len(pairs) or not all(given):
        raise _refused("an arm has no name, or two shares", text, SUCH_AS)
    if CHAMPION not in given or len(given) < 2:
        raise _refused("an experiment compares the champion with one or more arms", text, SUCH_AS)
    if not abs(sum(given.values()) - 100) < 1e-9 or min(given.values()) < 0 or not given[CHAMPION]:
        raise _refused(
            "the shares of the arms are no whole",
            f"{text} (sum {sum(given.values()):g})",
            "shares from 0, more than 0 of the champion, that sum to 100",
        )
    return {CHAMPION: given[CHAMPION], **{name: share for name, share in given.items() if name != CHAMPION}}


def ranges(challengers: Sequence[str], shares: Mapping[str, float]) -> dict[str, tuple[int, int]]:
    """Buckets (from, to) of each challenger with a share above 0.

    Challengers grow from fixed places: the first and the second of a pair towards each other, from both ends of a lane
    of the buckets that belongs to the pair. Raises `SettingsError` for a pair whose shares are more than its lane.

    >>> ranges(["a", "b"], {"champion": 70, "a": 20, "b": 10})
    {'a': (0, 2000), 'b': (9000, 10000)}
    """
    lanes = ceil(len(challengers) / 2)
    made = {}
    for place, name in enumerate(challengers):
        start, end = (BUCKETS * (place // 2 + side) // lanes for side in (0, 1))
        pair = challengers[2 * (place // 2) : 2 * (place // 2) + 2]
        if sum(_buckets(shares, arm) for arm in pair) > end - start:
            raise _refused(
                "these arms are too large",
                ", ".join(f"{arm}={shares[arm]:g}" for arm in pair),
                f"{100 / lanes:g}% for both: among {len(challengers)} challengers each grows from a fixed "
                "place, so that its users stay",
            )
        if count := _buckets(shares, name):
            made[name] = (start, start + count) if place % 2 == 0 else (end - count, end)
    return made


def written(shares: Mapping[str, float]) -> str:
    """Shares of the arms in words.

    >>> written({"champion": 99.5, "challenger": 0.5})
    'champion 99.5%, challenger 0.5%'
    """
    return ", ".join(f"{arm} {share:g}%" for arm, share in shares.items())


def _buckets(shares: Mapping[str, float], arm: str) -> int:
    """Number of buckets; raises `SettingsError` for a share of less than one bucket."""
    share = shares.get(arm, 0)
    if share and not round(BUCKETS * share / 100):
        raise _refused("this share holds nobody", f"{arm}={share:g}", f"0, or at least {100 / BUCKETS:g}")
    return round(BUCKETS * share / 100)


def _refused(what: str, seen: str, expected: str) -> SettingsError:
    return SettingsError(what, where="--arms", seen=seen, expected=expected)
