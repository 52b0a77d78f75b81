"""What `import recsys` gives, and what it costs."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "scipy", "torch", "lightgbm", "duckdb", "pyarrow", "tqdm", "typer")


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, recsys; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize("name", ["fit", "recommend", "evaluate", "Recommender"])
def test_a_public_name_is_there_when_it_is_asked_for(name: str) -> None:
    code = f"import recsys; print(callable(recsys.{name}), '{name}' in dir(recsys))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told == "True True\n"
