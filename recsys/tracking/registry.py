"""The registered language model: versions, and the aliases champion, previous and challenger."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from recsys.artifacts import Manifest, Store
from recsys.errors import DataError, GateError, RecsysError, SettingsError, TransientError
from recsys.settings import Settings
from recsys.tracking import entries, trainings
from recsys.tracking.tracker import Tracker

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

NAME = "recsys-language-model"
CHAMPION, PREVIOUS, CHALLENGER = "champion", "previous", "challenger"
MARK, VERDICT, FORGOTTEN = "recsys.training", "recsys.gate", "recsys.forgotten"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Version:
    """A registered model."""

    number: str
    run_id: str
    aliases: tuple[str, ...]
    model_version: str
    """Version under which its vectors are kept."""
    verdict: str
    """The verdict of the gate; empty before."""
    forgotten: int
    """Users it learnt from who are forgotten by now."""


def asked(call: Callable[Concatenate[Tracker, Settings, P], T]) -> Callable[Concatenate[Settings, P], T]:
    """The call with a tracker put before its settings.

    It raises `SettingsError` where the settings name no server, and `TransientError` where MLflow fails.
    """

    @wraps(call)
    def guarded(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not settings.tracking.uri:
            raise SettingsError(
                "there is no model registry",
                where="tracking.uri",
                seen="empty",
                expected="address of an MLflow server",
                remedy="set RECSYS_TRACKING__URI, such as http://127.0.0.1:5000; `make status` shows "
                "the address of this machine's",
            )
        try:
            separate = trainings.apart(settings)
            return call(Tracker(separate.tracking), separate, *args, **kwargs)
        except RecsysError:
            raise
        except Exception as error:
            address = entries.redacted(settings.tracking.uri)
            raise TransientError(
                "MLflow does not do what it was asked",
                where=address,
                seen=f"{type(error).__name__}: {entries.redacted(str(error))[:300]}",
                remedy="see that it runs, and try again: nothing is lost",
            ) from error

    return guarded


@asked
def register(tracker: Tracker, settings: Settings, made: Manifest) -> Version:
    """The version of what `finetune` made, now the challenger: the adapter, its card and figures are in its run.

    Again for the same training it is the same version. Where MLflow is away nothing is lost: the files are in the
    store, and this can be tried again.
    """
    mark = made.facts["training"]
    found = next((version for version in _all(tracker) if version.tags.get(MARK) == mark), None)
    if found is None:
        run_id = trainings.run_of(tracker, settings, mark, made.facts["base_version"], made.facts)
        _record(tracker, run_id, made)
        _ensure(tracker)
        found = tracker.client.create_model_version(
            NAME,
            f"runs:/{run_id}/model",
            run_id,
            tags={MARK: mark, **entries.facts(made)},
            description=(made.path("model") / "README.md").read_text()[:5000],
        )
        tracker.end(run_id, "FINISHED")
    tracker.client.set_registered_model_alias(NAME, CHALLENGER, found.version)
    return _one(tracker, str(found.version))


@asked
def versions(tracker: Tracker, settings: Settings) -> list[Version]:
    """All registered versions, newest first."""
    del settings
    return [_version(tracker, version) for version in _all(tracker)]


@asked
def holder(tracker: Tracker, settings: Settings, alias: str) -> Version | None:
    """The version of an alias; None where there is none."""
    del settings
    return _holder(tracker, alias)


@asked
def judged(tracker: Tracker, settings: Settings, number: str, passed: bool, figures: Mapping[str, Any]) -> None:
    """The gate's verdict is on the version, and a version that did not pass is no challenger any more."""
    del settings
    tracker.client.set_model_version_tag(NAME, number, VERDICT, json.dumps({**figures, "passed": passed})[:5000])
    if not passed and CHALLENGER in _one(tracker, number).aliases:
        tracker.client.delete_registered_model_alias(NAME, CHALLENGER)


@asked
def tag_forgotten(tracker: Tracker, settings: Settings, counts: Mapping[str, int]) -> list[str]:
    """Numbers of the versions that learnt from forgotten users, which now record from how many.

    `counts` is by the mark of the training.
    """
    del settings
    found = [version for version in _all(tracker) if version.tags.get(MARK) in counts]
    for version in found:
        tracker.client.set_model_version_tag(NAME, version.version, FORGOTTEN, str(counts[version.tags[MARK]]))
    return [str(version.version) for version in found]


@asked
def promote(tracker: Tracker, settings: Settings, number: str) -> Version:
    """The version, now champion; who was it is previous. Again for the champion it changes nothing.

    Raises `GateError` as `refuse_forgotten` does.
    """
    del settings
    version, champion = _one(tracker, number), _holder(tracker, CHAMPION)
    if CHAMPION not in version.aliases:
        refuse_forgotten(version)
        if champion is not None:
            tracker.client.set_registered_model_alias(NAME, PREVIOUS, champion.number)
        tracker.client.set_registered_model_alias(NAME, CHAMPION, number)
    if CHALLENGER in version.aliases:
        tracker.client.delete_registered_model_alias(NAME, CHALLENGER)
    return _one(tracker, number)


def refuse_forgotten(version: Version) -> None:
    """Raises `GateError` for a version that learnt from somebody who is forgotten by now."""
    if version.forgotten:
        raise GateError(
            "this language model learnt from users who are forgotten by now",
            where=NAME,
            seen=f"version {version.number}, {version.forgotten} users",
            expected="one without them",
            remedy="train anew with `recsys finetune` or the DAG recsys_train",
        )


@asked
def rollback(tracker: Tracker, settings: Settings) -> Version:
    """The previous champion, champion again; the other is now previous. Raises `DataError` without a previous
    champion."""
    del settings
    champion, previous = _holder(tracker, CHAMPION), _holder(tracker, PREVIOUS)
    if champion is None or previous is None:
        raise DataError(
            "there is no champion before this one",
            where=NAME,
            seen="no version has the alias previous",
            expected="two promotions",
            remedy="promote a version by its number",
        )
    tracker.client.set_registered_model_alias(NAME, CHAMPION, previous.number)
    tracker.client.set_registered_model_alias(NAME, PREVIOUS, champion.number)
    return _one(tracker, previous.number)


@asked
def fetch(tracker: Tracker, settings: Settings, version: Version) -> str:
    """URI of the version's files in the store, where every machine finds them; fetched from MLflow once."""
    day, mark = "registered", f"{version.number}-{version.run_id}"
    store = Store(settings.store)

    def write(folder: Path) -> Manifest:
        tracker.client.download_artifacts(version.run_id, "model", str(folder))
        return Manifest("models", day, mark, store.folder("models", day, mark))

    made = store.find("models", day, mark) or store.commit("models", day, mark, write)
    return f"{made.uri}/model"


def _record(tracker: Tracker, run_id: str, made: Manifest) -> None:
    """Figures, whole curves and files of a training in its run."""
    tracker.log(run_id, entries.metrics(made), tags=entries.tags(made))
    losses = json.loads(made.path("losses.json").read_text())
    points = [(int(one["step"]), place, one) for place, one in enumerate(losses, tracker.now() - len(losses))]
    known = tracker.steps(run_id, "loss")
    tracker.curves(run_id, [point for point in points if point[0] not in known])
    tracker.attach(run_id, made.path("model"), "model")
    for name in ("losses.json", "before.parquet", "quality.parquet"):
        tracker.client.log_artifact(run_id, str(made.path(name)))


def _ensure(tracker: Tracker) -> None:
    from mlflow.exceptions import MlflowException

    try:
        tracker.client.create_registered_model(NAME, description="What trainings added to language models.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _all(tracker: Tracker) -> list[ModelVersion]:
    found = tracker.client.search_model_versions(f"name = '{NAME}'")
    return sorted(found, key=lambda version: int(version.version), reverse=True)


def _one(tracker: Tracker, number: str) -> Version:
    from mlflow.exceptions import MlflowException

    try:
        return _version(tracker, tracker.client.get_model_version(NAME, number))
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        known = ", ".join(str(version.version) for version in _all(tracker)) or "none"
        raise DataError(
            "there is no such version of the language model",
            where=NAME,
            seen=number,
            expected=known,
            remedy="see `recsys models`",
        ) from None


def _holder(tracker: Tracker, alias: str) -> Version | None:
    from mlflow.exceptions import MlflowException

    try:
        return _version(tracker, tracker.client.get_model_version_by_alias(NAME, alias))
    except MlflowException as error:
        if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise
        return None


def _version(tracker: Tracker, version: ModelVersion) -> Version:
    full = tracker.client.get_model_version(NAME, str(version.version))  # a search leaves the aliases out
    tags = full.tags
    return Version(
        str(full.version),
        str(full.run_id),
        tuple(full.aliases),
        tags.get("recsys.model_version", ""),
        tags.get(VERDICT, ""),
        int(tags.get(FORGOTTEN, 0)),
    )
