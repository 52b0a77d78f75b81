"""Lists of the package `implicit`: `python -P implicit_peer.py FOLDER COUNT ROUNDS`, in an environment of its own."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares  # type: ignore[import-not-found]


def main(folder: Path, count: int, rounds: int) -> None:
    """Writes peer.npy, (n_users, count), and peer.json, the CPU seconds of each round."""
    model = AlternatingLeastSquares(factors=1, num_threads=1)
    model.user_factors, model.item_factors = np.load(folder / "users.npy"), np.load(folder / "items.npy")
    users, seconds = np.arange(len(model.user_factors)), []
    for _ in range(rounds):
        began = time.process_time()
        found, _ = model.recommend(users, None, N=count, filter_already_liked_items=False)
        seconds.append(time.process_time() - began)
    np.save(folder / "peer.npy", found)
    (folder / "peer.json").write_text(json.dumps(seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
