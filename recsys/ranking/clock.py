"""When something is learnt anew, and when an earlier day's result is resumed from: one rule for all that is learnt."""

from __future__ import annotations

from datetime import date

from recsys.artifacts import fingerprint
from recsys.privacy.files import MARK
from recsys.stages import Job

LEARNT = ("learnt_on", "learnt_from")
"""Facts that distinguish what was learnt on one day from another day's, or from other inputs."""
WITH = "learnt_with"
"""The fact that identifies settings and code."""


def due(job: Job, file: str) -> str:
    """Why a stage learns anew; empty where it keeps, or resumes from, what lies in a `file` of an earlier day."""
    why = unusable(job, file)
    if why or job.earlier is None:
        return why
    age = (job.as_of - date.fromisoformat(job.earlier.facts["learnt_on"])).days
    return f"the last one was learnt {age} days ago" if age >= job.settings.ranking.learn_every_days else ""


def unusable(job: Job, file: str) -> str:
    """Why an earlier day's result cannot be used, however old it is; empty where it can.

    What is kept must fit the code that reads it.
    """
    earlier = job.earlier
    if earlier is None:
        return "there is none of an earlier day"
    if earlier.facts.get(WITH) != job.made_with:
        return "settings or code differ"
    if earlier.path(MARK).exists():
        return "the last one was made with a user who is forgotten"
    return "" if earlier.path(file).exists() else f"{file} of the last one is gone"


def facts(job: Job, why: str) -> dict[str, str]:
    """What a later day's clock reads, with why something was learnt anew; empty where it was not."""
    inputs = {name: [manifest.fingerprint for manifest in made] for name, made in job.inputs.items()}
    since = dict(zip(LEARNT, (job.as_of.isoformat(), fingerprint(inputs)), strict=True))
    if job.earlier is not None and not why:
        since = {name: job.earlier.facts[name] for name in LEARNT}
    return {**since, WITH: job.made_with, "why": why}
