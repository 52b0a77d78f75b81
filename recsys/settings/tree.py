"""One frozen tree of settings, read once at the edge: defaults, a TOML file, RECSYS_* variables, then `--set`.

The file is named by RECSYS_SETTINGS_FILE. A variable such as RECSYS_LISTS__TOP_N=20 and an override such as
`lists.top_n=20` set the same field. Unknown names fail. Secrets are not settings: see `DatabaseSettings`.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from recsys.errors import SettingsError
from recsys.settings.data import EventSettings, SourceSettings
from recsys.settings.feedback import FeedbackSettings
from recsys.settings.models import LanguageSettings, PictureSettings, TrainingSettings
from recsys.settings.operation import (
    AlertSettings,
    DatabaseSettings,
    MonitorSettings,
    RetentionSettings,
    TrackingSettings,
)
from recsys.settings.recommender import (
    EvaluationSettings,
    InterestSettings,
    ListSettings,
    RankingSettings,
    TransferSettings,
)
from recsys.settings.renamed import by_new_names
from recsys.settings.runtime import RuntimeSettings


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
    """URI under which every stage keeps its artifacts (a folder or s3://)."""
    seed: int = Field(7, ge=0)
    """Seed of all random numbers of a day, but for what an evaluation hides and what a training reads."""
    source: SourceSettings = SourceSettings()
    events: EventSettings = EventSettings()
    language: LanguageSettings = LanguageSettings()
    pictures: PictureSettings = PictureSettings()
    training: TrainingSettings = TrainingSettings()
    interests: InterestSettings = InterestSettings()
    transfer: TransferSettings = TransferSettings()
    ranking: RankingSettings = RankingSettings()
    lists: ListSettings = ListSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    runtime: RuntimeSettings = RuntimeSettings()
    database: DatabaseSettings = DatabaseSettings()
    tracking: TrackingSettings = TrackingSettings()
    retention: RetentionSettings = RetentionSettings()
    monitor: MonitorSettings = MonitorSettings()
    alerts: AlertSettings = AlertSettings()

    def only(self, names: Iterable[str]) -> Settings:
        """These settings and sections alone: to read another one is an error."""
        part = self.model_copy()
        for name in part.__dict__.keys() - set(names):
            del part.__dict__[name]
        return part

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of the sources, strongest first: overrides, environment, file."""
        del dotenv_settings, file_secret_settings
        file = os.environ.get("RECSYS_SETTINGS_FILE")
        toml = (TomlConfigSettingsSource(settings_cls, toml_file=Path(file)),) if file else ()
        return tuple(InNewNames(settings_cls, source) for source in (init_settings, env_settings, *toml))


class InNewNames(PydanticBaseSettingsSource):
    """A source whose fields have the names in force, so that a stronger source beats it whatever name it uses."""

    def __init__(self, settings_cls: type[BaseSettings], source: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value that the source itself has."""
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        """Values by section and name."""
        return by_new_names(self._source())


def load(overrides: Iterable[str] = ()) -> Settings:
    """The settings in force, with overrides such as `lists.top_n=20` on top.

    Raises `SettingsError` for an unknown name, a value out of bounds, or a settings file that is not there.
    """
    file = os.environ.get("RECSYS_SETTINGS_FILE")
    if file and not Path(file).is_file():
        raise SettingsError(
            "the settings file is not there", where="RECSYS_SETTINGS_FILE", seen=file, remedy="correct or unset it"
        )
    _refuse_unknown_variables()
    try:
        return Settings(**_tree(overrides))
    except ValidationError as error:
        raise _settings_error(error) from None


def changed(settings: Settings, overrides: Iterable[str]) -> Settings:
    """These settings with overrides on top; raises `SettingsError` as `load` does.

    >>> changed(Settings(), ["lists.top_n=3"]).lists.top_n
    3
    """
    tree = settings.model_dump()
    for name, given in by_new_names(_tree(overrides)).items():
        tree[name] = {**tree[name], **given} if isinstance(given, dict) and name in tree else given
    try:
        return Settings(**tree)
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


# Read outside of this file, because they are secrets or name where to look.
_NOT_SETTINGS = {
    "RECSYS_SETTINGS_FILE",
    "RECSYS_DATABASE_URL",
    "RECSYS_DATABASE_URL_FILE",
    "RECSYS_HOME",
    "RECSYS_PAGES_DATABASE_URL",
    "RECSYS_PAGES_DATABASE_URL_FILE",
    "RECSYS_SERVE_DATABASE_URL",
    "RECSYS_SERVE_DATABASE_URL_FILE",
    "RECSYS_SERVE_TOKENS",
    "RECSYS_SERVE_TOKENS_FILE",
    "RECSYS_SOURCE_URL",
    "RECSYS_SOURCE_URL_FILE",
    "RECSYS_PSEUDONYM_KEY",
    "RECSYS_PSEUDONYM_KEY_FILE",
}


def _remedy(variable: str) -> str:
    close = near(variable.removeprefix("RECSYS_").replace("__", "."))
    return f"did you mean RECSYS_{close.replace('.', '__').upper()}?" if close else "correct or unset it"


def _refuse_unknown_variables() -> None:
    """A misspelt RECSYS_ variable would be ignored in silence by pydantic-settings."""
    for name in sorted(set(os.environ) - _NOT_SETTINGS):
        if (
            name.startswith("RECSYS_")
            and name.removeprefix("RECSYS_").lower().split("__")[0] not in Settings.model_fields
        ):
            raise SettingsError(
                "an environment variable names no setting",
                seen=name,
                expected="RECSYS_ and one of " + ", ".join(sorted(Settings.model_fields)),
                remedy=_remedy(name),
            )


def _settings_error(error: ValidationError) -> SettingsError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    close = near(where) if first["type"] == "extra_forbidden" else None
    return SettingsError(
        f"{error.error_count()} setting(s) cannot be used",
        where=where,
        seen=repr(first.get("input"))[:200],
        expected=_known_beside(first["loc"]) if first["type"] == "extra_forbidden" else first["msg"],
        remedy=(f"did you mean {close}? " if close else "")
        + "names, units and bounds: `recsys settings`, or recsys.settings.load() in Python",
    )


def _known_beside(place: tuple[int | str, ...]) -> str:
    """The names among which an unknown one stands."""
    section = Settings.model_fields[str(place[0])].annotation if len(place) > 1 else Settings
    kind = f"a setting of the section {place[0]}" if len(place) > 1 else "a section or a setting"
    return f"{kind}: {', '.join(sorted(getattr(section, 'model_fields', {})))}"


def near(name: str) -> str | None:
    """The setting whose name is nearest to an unknown name, in its section or else in any, without regard to case; None
    where none is near.

    >>> near("source.colums"), near("Lists.top_n"), near("topn"), near("colour")
    ('source.columns', 'lists.top_n', 'lists.top_n', None)
    """
    paths = _names()
    known = {**{path.rpartition(".")[2]: path for path in paths}, **{path: path for path in paths}}
    words = name.lower(), name.lower().rpartition(".")[2]
    close = [found for word in words for found in difflib.get_close_matches(word, list(known), n=1, cutoff=0.75)]
    return known[close[0]] if close else None


def _names() -> list[str]:
    """Names of all settings, and of their sections."""
    sections = {name: getattr(field.annotation, "model_fields", {}) for name, field in Settings.model_fields.items()}
    return [*sections, *(f"{section}.{name}" for section, fields in sections.items() for name in fields)]
