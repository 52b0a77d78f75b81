"""Runs a stage as a child process, so that the caller never imports torch and a dead stage never takes it along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from recsys import errors, results, stages
from recsys.artifacts import Manifest
from recsys.leftovers import call_folder
from recsys.settings import load

KINDS: Mapping[str, type[errors.RecsysError]] = {
    kind.__name__: kind for kind in (errors.SettingsError, errors.DataError, errors.GateError, errors.TransientError)
}


def run(name: str, overrides: Sequence[str], as_of: date, inputs: stages.Inputs, shard: int = 0) -> Manifest:
    """The stage's manifest; a committed result is found without starting a process.

    The child stays in the caller's process group, so that whatever ends the caller ends it too. Its messages go to
    standard output: Airflow would mark progress on standard error as errors. Its temporary folder goes when it ends.
    Raises the error of the child as the same kind, and `TransientError` for a child that died.
    """
    found = results.find(name, load(overrides), as_of, inputs, shard)
    if found is not None:
        return found
    with call_folder() as folder:
        given, made = Path(folder, "inputs.json"), Path(folder, "manifest.json")
        given.write_text(dump(inputs))
        command = [
            sys.executable,
            "-m",
            "recsys",
            "run",
            name,
            "--as-of",
            as_of.isoformat(),
            "--shard",
            str(shard),
            "--inputs",
            str(given),
            "--manifest",
            str(made),
        ]
        for override in overrides:
            command += ["--set", override]
        temporary = {**os.environ, "TMPDIR": folder}
        code = subprocess.run(command, check=False, stderr=subprocess.STDOUT, env=temporary).returncode
        return _outcome(name, code, made)


def _outcome(name: str, code: int, made: Path) -> Manifest:
    outcome = json.loads(made.read_text()) if made.exists() and made.stat().st_size else {}
    if "error" in outcome:
        kind = KINDS[outcome["error"].pop("kind")]
        raise kind(outcome["error"].pop("what"), **outcome["error"])
    if code != 0 or not outcome:
        how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
        raise errors.TransientError(f"stage {name} died", seen=how, remedy="run it again: nothing half-done was kept")
    return Manifest.from_dict(outcome)


def describe(error: errors.RecsysError) -> dict[str, dict[str, str]]:
    """The error as JSON types, for the parent to raise again."""
    kind = next(name for name, kind in KINDS.items() if isinstance(error, kind))
    return {
        "error": {
            "kind": kind,
            "what": error.what,
            "where": error.where,
            "seen": error.seen,
            "expected": error.expected,
            "remedy": error.remedy,
        }
    }


def dump(inputs: stages.Inputs) -> str:
    """Manifests by stage, as JSON."""
    return json.dumps({stage: [manifest.to_dict() for manifest in made] for stage, made in inputs.items()})


def parse(text: str) -> stages.Inputs:
    """The manifests that `dump` wrote."""
    return {stage: tuple(Manifest.from_dict(manifest) for manifest in made) for stage, made in json.loads(text).items()}
