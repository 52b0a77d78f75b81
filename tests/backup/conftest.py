import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.backup import making
from recsys.standalone import postgres
from tests.backup import site as sites
from tests.backup.site import Site


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that Postgres may enter; what runs below it ends with the test."""
    folder = Path(tempfile.mkdtemp(prefix="recsys-test-backup-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(postgres.OPTIONS, "fsync", "off")  # a disk of tests need not be waited for
        yield folder
    for home in (found for found in folder.iterdir() if (found / "postgres").exists()):
        postgres.stop(home, "immediate")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(place: Path) -> Site:
    """An installation at work; what a test changes in it, the next one sees."""
    return sites.make(place / "home")


@pytest.fixture(scope="module")
def saved(site: Site, place: Path) -> Path:
    """A backup of it."""
    making.make(site.home, place / "saved", print)
    return place / "saved"
