"""Which language model a run reads with: the champion at its start, for the whole run."""

from __future__ import annotations

import json
import logging

import fsspec

from recsys.errors import RecsysError
from recsys.settings import Settings
from recsys.tracking import registry

log = logging.getLogger(__name__)


def pinned(settings: Settings) -> str:
    """`language.model` of a run: URI of the champion's files in the store, or the setting where there is no champion.

    Asked once, at the start of a run, so that all of it reads with the same model. Where MLflow is away it is the
    champion that was pinned last, which the store remembers: vectors must not change their space because a server is
    down.
    """
    if not settings.language.champion or not settings.tracking.uri:
        return settings.language.model
    filesystem, root = fsspec.core.url_to_fs(settings.store)
    memory = f"{root}/models/pinned.json"
    try:
        version = registry.holder(settings, registry.CHAMPION)
        model = registry.fetch(settings, version) if version else settings.language.model
    except RecsysError as error:
        known = filesystem.exists(memory)
        model = json.loads(filesystem.cat_file(memory))["model"] if known else settings.language.model
        log.warning("language: %s; this run reads with %s", error.what, model)
        return str(model)
    filesystem.makedirs(f"{root}/models", exist_ok=True)
    filesystem.pipe_file(memory, json.dumps({"model": model}).encode())
    return model
