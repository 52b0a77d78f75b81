"""What the version of a module's code depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsys import source_code
from recsys.source_code import code_version
from recsys.stages import BESIDES, STAGES

FILES = {
    "recsys/__init__.py": "from recsys import shop",
    "recsys/shop/__init__.py": "",
    "recsys/shop/till.py": "import recsys.money\nfrom recsys.shop.goods import (\n    PRICE,\n)\nimport pandas",
    "recsys/shop/goods.py": "def price():\n    from recsys.paint import colours\n",
    "recsys/money.py": "from recsys.shop import till",
    "recsys/paint/colours.py": "import pkgutil",
    "recsys/paint/size.py": 'READER = "recsys.readers.csv"',
    "recsys/readers/csv.py": "",
    "recsys/readers/json.py": "",
    "recsys/pages.py": "from recsys.shop import till",
    "recsys/shop/layouts/counter.toml": "",
    "recsys/shop/notes.txt": "",
}
"""A till that reads money, goods, and, when it is used, colours, which lists what lies beside it, such as size, which
names a reader; pages read the till."""


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], str]]:
    """The version of the till's code after a line is added to a file."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(source_code, "ROOT", tmp_path)

    def after(name: str, line: str) -> str:
        with (tmp_path / name).open("a") as file:
            file.write(line)
        source_code._imports.cache_clear()
        return code_version.__wrapped__("recsys.shop.till")

    yield after
    source_code._imports.cache_clear()


@pytest.mark.parametrize("name", list(FILES))
def test_all_that_a_module_imports_at_once_or_later_counts_and_nothing_else(
    name: str, version: Callable[[str, str], str]
) -> None:
    counts = name not in {"recsys/__init__.py", "recsys/pages.py", "recsys/readers/json.py", "recsys/shop/notes.txt"}
    assert (version(name, "") != version(name, "\n# more")) == counts


def test_a_module_of_another_package_has_the_version_of_nothing() -> None:
    assert code_version("json") == code_version("somewhere.else")


def test_no_stage_depends_on_the_code_of_pages_commands_or_the_demo() -> None:
    for stage in {**STAGES, **BESIDES}.values():
        rooms = {path.relative_to(source_code.ROOT).parts[1] for path in source_code._closure(stage.module)}
        assert not rooms & {"pages", "cli.py", "demo", "standalone", "serve", "experiments"}, stage.module


def test_what_is_fitted_does_not_depend_on_the_code_that_publishes() -> None:
    for name in ("features", "interests", "transfer", "signals", "ranker", "rank", "evaluate"):
        assert code_version(STAGES[name].module) != code_version(STAGES["publish"].module)
        assert not any("publish" in path.parts for path in source_code._closure(STAGES[name].module)), name
