"""What every group of settings is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recsys.errors import SettingsError

log = logging.getLogger(__name__)

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A group of settings: frozen, unknown names refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    aside: ClassVar[frozenset[str]] = frozenset()
    """Fields that change no result of a stage."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """New names of fields by their old names, which are accepted for one release, with a warning."""

    @model_validator(mode="before")
    @classmethod
    def _validated_names(cls, given: Any) -> Any:
        return cls.by_new_names(given) if isinstance(given, Mapping) else given

    @classmethod
    def by_new_names(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values by the names in force; raises `SettingsError` for a value under both of its names."""
        for old in sorted(cls.renamed.keys() & given.keys()):
            new = cls.renamed[old]
            if new in given:
                raise SettingsError("a setting has a value under its old name too", where=new, seen=f"{old}, {new}")
            log.warning("settings: %s is now %s; the old name is accepted until the next release", old, new)
        return {cls.renamed.get(name, name): value for name, value in given.items()}
