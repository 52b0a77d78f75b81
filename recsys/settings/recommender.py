"""Interests, transfer, ranking, lists, and their backtest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recsys.settings.section import Section, Share

ItemIds = tuple[Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)], ...]
ReasonLanguage = Literal["en", "zh"]


class InterestSettings(Section):
    """Interests: prototypes in the space of item features."""

    count: int = Field(32, ge=2, le=4096)
    """Most interests; a small catalogue gets fewer."""
    temperature: float = Field(0.1, gt=0, le=10)
    """Softness of an item's membership: softmax(cosine / temperature)."""
    min_cosine: Share = 0.9
    """Cosine to the direction it was named for down to which an interest keeps its number and its name."""
    drift: bool = True
    """A user whose latest events turn away from the rest gets a shorter memory."""


class TransferSettings(Section):
    """Transfer of interests from donors."""

    enabled: bool = True
    """False publishes the no-transfer arm: alpha is 0 for everyone with evidence."""
    neighbours: int = Field(50, ge=1, le=10_000)
    """Most similar users that contribute to a user."""
    min_cohort: int = Field(20, ge=1, le=1_000_000)
    """People besides oneself who must share an attribute's value for it to be disclosed: fewer could be identified."""
    popularity_half_life_days: float = Field(90.0, gt=0, le=36500)
    """Half-life of the popularity of items, in days."""


class RankingSettings(Section):
    """What nominates candidates, and the learned ranker."""

    candidates: int = Field(60, ge=5, le=10_000)
    """Candidates that each signal may nominate for a user."""
    transition_window: int = Field(10, ge=1, le=1000)
    """Following events that count as a transition."""
    ease_l2: float = Field(300.0, gt=0, le=1e9)
    """Ridge penalty of EASE."""
    learn_every_days: int = Field(7, ge=0, le=3650)
    """Days after which the ranker is learnt anew; 0: every day. Other settings or signals have it learnt at once."""


class ListSettings(Section):
    """What becomes of a ranked user: rules, diversity, words."""

    top_n: int = Field(10, ge=1, le=1000)
    """Recommendations a user gets."""
    diversity: Share = 0.01
    """Trade of diversity over interests and texts: 0 keeps the ranker's order, 1 looks at diversity alone."""
    deny_items: ItemIds = ()
    """Items never recommended, as a JSON list of item_ids. For long lists there is `available` in the item table."""
    allow_items: ItemIds = ()
    """If any, the only items recommended, as a JSON list of item_ids."""
    max_per_category: int = Field(0, ge=0, le=1000)
    """Items of the same category in a list; 0: any number. Given up only where the list would else be short."""
    exploration: Share = 0.0
    """Share of a list, at its end, that goes to fitting items with the fewest events."""
    reason_language: Literal["auto"] | ReasonLanguage = "auto"
    """Language of the reasons: English or Chinese; `auto`: Chinese where most titles are, else English. Titles and
    interests keep the catalogue's own."""
    remake_every_days: int = Field(7, ge=1, le=3650)
    """Days after which a list is made anew though nothing about its user changed; 1: every day. Each day an equal share
    of the users is due, but for lists of less than half that age; whose history changed, and everybody when the ranker
    is learnt anew, is so at once."""


class EvaluationSettings(Section):
    """What published lists turn out to be worth, and the time-split backtest."""

    leave_last: int = Field(5, ge=1, le=100)
    """Latest first positives of each user that are hidden."""
    cold_share: Share = 0.2
    """Share of users who are held out whole and shown as new users."""
    cold_revealed: tuple[int, ...] = (0, 1, 3, 5, 10)
    """Events of a new user that are revealed."""
    cold_targets: int = Field(10, ge=1, le=100)
    """Next first positives of a new user that are targets."""
    social_revealed: tuple[int, ...] = (0, 1, 3, 10)
    """Events revealed of a new user who has links, all of whose others are targets."""
    late_share: Share = 0.1
    """Share of all events that lies after the common cutoff of all users."""
    new_item_share: Share = 0.2
    """Share of the items with events that are held out whole and shown as new."""
    noise_share: Share = 0.2
    """Random events that are mixed in, as a share of a user's own."""
    seed: int = Field(7, ge=0)
    """Seed of what is held out and of resampling; the seed of models is apart from it, so that it changes no target."""
    hindsight_days: int = Field(7, ge=1, le=366)
    """Days back whose lists are judged by the later positives of their users, as far as the store has them."""
    resamples: int = Field(1000, ge=100, le=100_000)
    """User-bootstrap resamples behind an interval."""
