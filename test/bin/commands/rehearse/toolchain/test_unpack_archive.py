"""Some folders of an archive whose members are hard links to one another."""

import io
import tarfile
from pathlib import Path

import pytest
from toolchain.unpack_archive import unpack


def archive(folder: Path, *members: tuple[str, str | bytes]) -> Path:
    """A .tar.gz; a member with text is a hard link to the member of that name."""
    path = folder / "some.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(f"top/{name}")
            if isinstance(content, str):
                info.type = tarfile.LNKTYPE
                info.linkname = f"top/{content}"
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_takes_the_named_folders_alone(tmp_path: Path) -> None:
    source = archive(tmp_path, ("lib/a.jar", b"a"), ("plugin/kafka/b.jar", b"b"), ("library/c.jar", b"c"))
    unpack(source, tmp_path / "to", ["lib"])
    assert files(tmp_path / "to") == {"lib/a.jar": b"a"}


def test_links_to_members_of_other_folders_have_their_content(tmp_path: Path) -> None:
    source = archive(
        tmp_path,
        ("plugin/iceberg/before.jar", "plugin/kafka/x.jar"),
        ("plugin/kafka/x.jar", b"x"),
        ("plugin/iceberg/after.jar", "plugin/kafka/x.jar"),
    )
    unpack(source, tmp_path / "to", ["lib", "plugin/iceberg"])
    assert files(tmp_path / "to") == {"plugin/iceberg/before.jar": b"x", "plugin/iceberg/after.jar": b"x"}


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    unpack(archive(tmp_path, ("lib/a.jar", b"a"), ("lib/b.jar", "lib/a.jar")), tmp_path / "to", ["lib"])
    assert (tmp_path / "to/lib/a.jar").samefile(tmp_path / "to/lib/b.jar")


def test_a_link_to_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"top/lib/gone\.jar is linked to and not there"):
        unpack(archive(tmp_path, ("lib/a.jar", "lib/gone.jar")), tmp_path / "to", ["lib"])


def test_nothing_is_written_outside_of_the_target(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        unpack(archive(tmp_path, ("lib/../../a.jar", b"a")), tmp_path / "to", ["lib"])
    assert not (tmp_path / "a.jar").exists()
