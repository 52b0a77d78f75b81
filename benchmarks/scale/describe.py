"""What a checkout consists of, as JSON: `python -P describe.py SETTING ...`, run by its interpreter in its folder."""

import json
import sys

from recsys import stages
from recsys.language import models
from recsys.settings import load


def main() -> None:
    """Prints the stages in order with needs, shards and whether they are stored, and the width of text vectors."""
    settings = load(sys.argv[1:])
    found = [
        {
            "name": name,
            "needs": list(stage.needs),
            "stored": getattr(stage, "stored", True),
            "shards": len(stages.shards(name, settings)),
        }
        for name, stage in stages.STAGES.items()
    ]
    dimensions = models.find(settings.language.model, settings.language.offline).dimensions
    print(json.dumps({"stages": found, "dimensions": dimensions}))


if __name__ == "__main__":
    main()
