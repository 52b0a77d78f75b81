"""Where the checkpoints of a training lie, so that a killed training resumes on whichever machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from recsys.artifacts import Store


@contextmanager
def kept(store: Store, mark: str) -> Iterator[tuple[Path, list[TrainerCallback]]]:
    """A folder with the checkpoints made under this mark, and who keeps further ones; removed when the block ends well.

    In a local store the folder is its own; from another it is fetched, and every checkpoint is put there as it is made.
    """
    there = f"{store.root}/checkpoints/{mark}"
    if store.is_local:
        folder = Path(there)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder, []
        shutil.rmtree(folder)
        return
    with tempfile.TemporaryDirectory(prefix="recsys-checkpoints-") as local:
        if store.filesystem.exists(there):
            store.filesystem.get(there + "/", local + "/", recursive=True)
        yield Path(local), [_Keeper(store, there)]
        if store.filesystem.exists(there):
            store.filesystem.rm(there, recursive=True)


class _Keeper(TrainerCallback):
    """Puts every checkpoint into a store that is no disk, and takes those away that the trainer gave up."""

    def __init__(self, store: Store, there: str) -> None:
        self.store, self.there = store, there

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The last checkpoint is in the store, with its state last: a checkpoint without it is cut short."""
        del control, kwargs
        name = f"checkpoint-{state.global_step}"
        here = Path(args.output_dir, name)
        files = sorted(here.rglob("*"), key=lambda file: file.name == "trainer_state.json")
        for file in files:
            if file.is_file():
                self.store.filesystem.put(str(file), f"{self.there}/{name}/{file.relative_to(here)}")
        kept = {folder.name for folder in Path(args.output_dir).glob("checkpoint-*")}
        for path in self.store.filesystem.ls(self.there, detail=False):
            if path.rstrip("/").rsplit("/", 1)[-1] not in kept:
                self.store.filesystem.rm(path, recursive=True)
