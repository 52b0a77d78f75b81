"""One frozen tree of settings, read once at the edge: defaults, a TOML file, RECSYS_* variables, then `--set`.

The file is named by RECSYS_SETTINGS_FILE. A variable such as RECSYS_RANKING__TOP_N=20 and an override such as
`ranking.top_n=20` set the same field. Unknown names fail. Secrets are not settings: see `DatabaseSettings`.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
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
from recsys.settings.recommender import EvaluationSettings, InterestSettings, RankingSettings, TransferSettings
from recsys.settings.section import Section


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
    source: SourceSettings = SourceSettings()
    events: EventSettings = EventSettings()
    language: LanguageSettings = LanguageSettings()
    pictures: PictureSettings = PictureSettings()
    training: TrainingSettings = TrainingSettings()
    interests: InterestSettings = InterestSettings()
    transfer: TransferSettings = TransferSettings()
    ranking: RankingSettings = RankingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    database: DatabaseSettings = DatabaseSettings()
    tracking: TrackingSettings = TrackingSettings()
    retention: RetentionSettings = RetentionSettings()
    monitor: MonitorSettings = MonitorSettings()
    alerts: AlertSettings = AlertSettings()

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
        return {name: _by_new_names(name, fields) for name, fields in self._source().items()}


def load(overrides: Iterable[str] = ()) -> Settings:
    """The settings in force, with overrides such as `ranking.top_n=20` on top.

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

    >>> changed(Settings(), ["ranking.top_n=3"]).ranking.top_n
    3
    """
    before = settings.model_dump()
    given = {name: _by_new_names(name, fields) for name, fields in _tree(overrides).items()}
    try:
        return Settings(**{**before, **{name: {**before[name], **fields} for name, fields in given.items()}})
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


def _by_new_names(section: str, fields: Any) -> Any:
    """The fields of a section by the names in force."""
    kind = Settings.model_fields[section].annotation if section in Settings.model_fields else None
    if isinstance(kind, type) and issubclass(kind, Section) and isinstance(fields, dict):
        return kind.by_new_names(fields)
    return fields


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
        expected=first["msg"],
        remedy=(f"did you mean {close}? " if close else "")
        + "names, units and bounds: `recsys settings`, or recsys.settings.load() in Python",
    )


def near(name: str) -> str | None:
    """The setting whose name is nearest to an unknown name, without regard to case; None where none is near.

    >>> near("source.colums"), near("Ranking.top_n"), near("topn"), near("colour")
    ('source.columns', 'ranking.top_n', 'ranking.top_n', None)
    """
    paths = _names()
    known = {**{path.rpartition(".")[2]: path for path in paths}, **{path: path for path in paths}}
    close = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.75)
    return known[close[0]] if close else None


def _names() -> list[str]:
    """Names of all settings, and of their sections."""
    sections = {name: getattr(field.annotation, "model_fields", {}) for name, field in Settings.model_fields.items()}
    return [*sections, *(f"{section}.{name}" for section, fields in sections.items() for name in fields)]
