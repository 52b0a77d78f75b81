"""Which files a URI means, and in which form they are: a file, a folder, or a glob; local or on any filesystem."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from recsys.errors import DataError, SettingsError, TransientError
from recsys.sources.engine import Connection, first_line, identifier, literal

DELIMITED, LINES, ARRAY, PARQUET = "delimited", "json lines", "json", "parquet"
FORMATS = {
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".csv": DELIMITED,
    ".tsv": DELIMITED,
    ".tab": DELIMITED,
    ".txt": DELIMITED,
    ".dat": DELIMITED,
    ".data": DELIMITED,
    ".inter": DELIMITED,
    ".item": DELIMITED,
    ".user": DELIMITED,
    ".jsonl": LINES,
    ".ndjson": LINES,
    ".json": ARRAY,
}
"""Form of a file by its extension."""
COMPRESSIONS = (".gz", ".zst", ".bz2")
KNOWN = f"{', '.join(FORMATS)}; each also with {', '.join(COMPRESSIONS)}"


@dataclass(frozen=True)
class Files:
    """Files of a table, all of the same form."""

    uri: str
    """As it was named."""
    paths: Sequence[str]
    """In the order of their names; with the protocol where they are not local."""
    form: str
    partitions: Sequence[str]
    """Columns that stand in the names of folders, such as `day` of `day=2024-01-31`."""

    def head(self, path: str) -> bytes:
        """The first megabyte of a file, unpacked."""
        with fsspec.open(path, "rb") as file, _stream(file, path) as stream:
            return bytes(stream.read(1_000_000))


def found(table: str, uri: str) -> Files:
    """The files that a URI means: those of a folder at any depth but hidden ones, and those a glob matches.

    Raises `DataError` where there is none or several forms are mixed, `SettingsError` for an unknown form, and
    `TransientError` where the filesystem does not answer.
    """
    files, path = _filesystem(table, uri)
    try:
        listed = _listed(files, path)
    except (FileNotFoundError, PermissionError) as error:
        raise DataError(
            f"the {table} file cannot be opened",
            where=uri,
            seen=type(error).__name__,
            expected="a readable file, folder or glob",
            remedy=f"correct source.{table}",
        ) from None
    except OSError as error:
        raise TransientError(f"the {table} file cannot be reached", where=uri, seen=first_line(error)) from error
    local = isinstance(files, LocalFileSystem)
    paths = tuple(sorted(name if local else files.unstrip_protocol(name) for name in listed))
    return Files(uri, paths, _form(table, uri, paths), _partitions(paths[0]))


def reachable(con: Connection, files: Files) -> Sequence[str]:
    """Paths as the engine reads them: other filesystems are registered with it, bzip2 is unpacked beside its tables."""
    protocol = files.paths[0].split("://")[0] if "://" in files.paths[0] else ""
    if protocol and not con.filesystem_is_registered(protocol):
        con.register_filesystem(fsspec.filesystem(protocol))
    return [_unpacked(con, path) if path.endswith(".bz2") else path for path in files.paths]


def is_plain(path: str) -> bool:
    """Whether a file is local and not packed, so that reading it once more costs little."""
    return "://" not in path and PurePosixPath(path.lower()).suffix not in COMPRESSIONS


def partition_of(filename: str, column: str) -> str:
    """SQL that takes a column of the folders' names from the path of a file."""
    return f"regexp_extract({filename}, {literal(f'/{re.escape(column)}=([^/]*)/')}, 1) AS {identifier(column)}"


def _filesystem(table: str, uri: str) -> tuple[Any, str]:
    try:
        files, path = fsspec.core.url_to_fs(uri)
    except (ImportError, ValueError) as error:
        raise SettingsError(
            f"the {table} file needs a driver that is not installed",
            where=uri,
            seen=str(error),
            remedy="install it with pip, or name another place",
        ) from None
    return files, str(path)


def _listed(files: Any, path: str) -> list[str]:
    if any(sign in path for sign in "*?["):
        names = [name for name in files.glob(path) if not files.isdir(name)]
    elif files.isdir(path):
        names = [name for name in files.find(path) if not _hidden(name.removeprefix(path))]
    else:
        with files.open(path, "rb"):
            return [path]
    if not names:
        raise FileNotFoundError(path)
    return names


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)


def _partitions(path: str) -> Sequence[str]:
    return tuple(part.partition("=")[0] for part in PurePosixPath(path).parent.parts if "=" in part)


def _form(table: str, uri: str, paths: Sequence[str]) -> str:
    endings = {_ending(path) for path in paths}
    unknown = sorted(endings - FORMATS.keys())
    if unknown:
        raise SettingsError(
            f"the {table} file has an unknown extension",
            where=uri,
            seen=unknown[0] or "none",
            expected=KNOWN,
            remedy="write it in one of these forms, or name the files alone that are in one",
        )
    forms = sorted({FORMATS[ending] for ending in endings})
    if len(forms) > 1:
        raise DataError(
            f"the {table} files have several forms",
            where=uri,
            seen=", ".join(forms),
            expected="one",
            remedy="name them by a glob, such as events/*.csv",
        )
    return forms[0]


def _ending(path: str) -> str:
    name = PurePosixPath(path.lower())
    return PurePosixPath(name.stem).suffix if name.suffix in COMPRESSIONS else name.suffix


def _stream(file: Any, path: str) -> pa.NativeFile:
    """The content of a file, unpacked."""
    packed = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(PurePosixPath(path.lower()).suffix)
    plain = pa.PythonFile(file, mode="r")
    return pa.CompressedInputStream(plain, packed) if packed else plain


def _unpacked(con: Connection, path: str) -> str:
    ((folder,),) = con.execute("SELECT current_setting('temp_directory')").fetchall()
    plain = Path(folder) / f"{abs(hash(path))}-{PurePosixPath(path).stem}"
    if not plain.exists():
        with fsspec.open(path, "rb") as packed, _stream(packed, path) as stream, plain.open("wb") as file:
            shutil.copyfileobj(stream, file)
    return str(plain)
