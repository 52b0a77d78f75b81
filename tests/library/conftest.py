from collections.abc import Mapping

import pandas as pd
import pytest

from recsys.library.recommender import Recommender, fit
from tests.brief import brief_training


@pytest.fixture(scope="session")
def frames(shop: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The shop of two tastes with whole numbers for ids: user u07 is 7, item i12 is 12."""
    tables = {name: pd.read_parquet(file) for name, file in shop.items()}
    for table in tables.values():
        for column in {"user_id", "item_id"} & set(table.columns):
            table[column] = table[column].str[1:].astype(int)
    return tables


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def fitted(frames: dict[str, pd.DataFrame], store: str) -> Recommender:
    """Fitted on the data frames: ids are whole numbers."""
    with brief_training():
        return fit(**frames, overrides=[f"store={store}"])


@pytest.fixture(scope="session")
def of_files(shop: Mapping[str, str], store: str) -> Recommender:
    """Fitted on the files: ids are text."""
    with brief_training():
        return fit(**shop, overrides=[f"store={store}"])
