"""The form by which experiments are started, judged and ended, and the command that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param

from recsys.errors import SettingsError
from recsys.experiments.plan import MIN_USERS, SMALLEST_EFFECT

OPTIONS = {
    "start": ("arms", "publication", "steps", "metric", "smallest_effect", "min_users"),
    "judge": (),
    "switch": ("arms",),
    "end": ("promote",),
}
"""Fields of the form that each command takes, besides the name."""


def form() -> dict[str, Param]:
    """Fields of the trigger form; untouched, the experiment that runs is judged."""
    return {
        "command": Param(
            "judge",
            type="string",
            enum=list(OPTIONS),
            title="What to do",
            description="judge: look, and go on by its steps. switch: other shares.",
        ),
        "name": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Experiment",
            description="Its name. Empty: the one that runs, to be judged.",
        ),
        "arms": Param(
            None,
            type=["null", "string"],
            title="Arms",
            section="Start or switch",
            description="Percent of the users, such as champion=90,challenger=10.",
        ),
        "publication": Param(
            None,
            type=["null", "string"],
            pattern="^[^=]+=[0-9]+$",
            title="Publication",
            section="Start or switch",
            description="What an arm shows at first, such as challenger=17. Empty: the live one.",
        ),
        "steps": Param(
            None,
            type=["null", "string"],
            title="Steps",
            section="Start or switch",
            description="Percent that the challenger gets, one after another, such as 1,5,20,50. Empty: "
            "nothing is decided but by hand.",
        ),
        "metric": Param(
            "ctr",
            type="string",
            enum=["ctr", "conversion", "value"],
            title="Metric",
            section="Start or switch",
            description="What is compared, each by impression.",
        ),
        "smallest_effect": Param(
            SMALLEST_EFFECT,
            type="number",
            minimum=0.001,
            maximum=10,
            title="Smallest effect",
            section="Start or switch",
            description="Share of the metric that is worth knowing.",
        ),
        "min_users": Param(
            MIN_USERS,
            type="integer",
            minimum=1,
            title="Users a step",
            section="Start or switch",
            description="Users whom a step must have reached before the next one.",
        ),
        "promote": Param(
            None,
            type=["null", "string"],
            title="Promote",
            section="End",
            description="Arm whose publication becomes live for everybody. Empty: what is live stays.",
        ),
    }


def arguments(params: Mapping[str, Any], actor: str) -> list[str]:
    """The form as arguments of `recsys experiment`; fields left empty are the command's to fill.

    Raises `SettingsError` for a start without a name.
    """
    if params["command"] == "start" and not params["name"]:
        raise SettingsError("an experiment begins with a name", where="Experiment", seen="empty", expected="a new name")
    options = {name.replace("_", "-"): params[name] for name in OPTIONS[params["command"]]}
    given = [f"--{name}={value}" for name, value in options.items() if value is not None]
    return [params["command"], *given, f"--actor={actor}", "--", *([params["name"]] if params["name"] else [])]
