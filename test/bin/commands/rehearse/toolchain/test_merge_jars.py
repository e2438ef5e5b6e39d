"""Merging jars: services are joined, the first of two files counts, the bytes are always the same."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[5]
sys.path.insert(0, str(ROOT / "bin/commands/rehearse/toolchain"))

from merge_jars import merge  # noqa: E402

SERVICE = "META-INF/services/org.example.Factory"


def jar(folder: Path, name: str, **files: bytes) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in files.items():
            archive.writestr(entry, content)
    return path


def merged(folder: Path, exclude: tuple[str, ...] = ()) -> zipfile.ZipFile:
    first = jar(folder, "a.jar", **{SERVICE: b"a.One\n# a comment\n", "a/One.class": b"1", "META-INF/A.SF": b"signed"})
    second = jar(folder, "b.jar", **{SERVICE: b"b.Two\na.One\n", "a/One.class": b"other", "win/lib.dll": b"x"})
    merge(folder / "out.jar", "a.One", exclude, [first, second])
    return zipfile.ZipFile(folder / "out.jar")


def test_joins_services_and_names_each_provider_once(tmp_path: Path) -> None:
    assert merged(tmp_path).read(SERVICE).decode().split() == ["a.One", "b.Two"]


def test_of_two_files_of_a_name_the_first_counts(tmp_path: Path) -> None:
    assert merged(tmp_path).read("a/One.class") == b"1"


def test_leaves_out_signatures_and_what_is_excluded(tmp_path: Path) -> None:
    names = merged(tmp_path, ("win/",)).namelist()
    assert sorted(names) == ["META-INF/MANIFEST.MF", SERVICE, "a/One.class"]


def test_names_the_main_class(tmp_path: Path) -> None:
    assert b"Main-Class: a.One" in merged(tmp_path).read("META-INF/MANIFEST.MF")


def test_writes_the_same_bytes_every_time(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        merged(folder).close()
    assert (first / "out.jar").read_bytes() == (second / "out.jar").read_bytes()
