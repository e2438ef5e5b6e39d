"""Unpacks some folders of a .tar.gz whose members may be hard links to members of other folders, as those of Trino are.

The archive's own top folder is left out. It is read twice from beginning to end: a link may stand before what it points
to, and going back in a compressed archive means to start over.
"""

import argparse
import os
import shutil
import tarfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

CHUNK = 1 << 20


def wanted_files(archive: Path, folders: Sequence[str]) -> dict[str, list[PurePosixPath]]:
    """Where the content of each needed member goes, by the member's name."""
    places: dict[str, list[PurePosixPath]] = defaultdict(list)
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            place = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if not (member.isreg() or member.islnk()) or not any(place.is_relative_to(folder) for folder in folders):
                continue
            if ".." in place.parts:
                raise ValueError(f"{archive}: {member.name} would be written outside of the target")
            places[member.linkname if member.islnk() else member.name].append(place)
    return places


def unpack(archive: Path, target: Path, folders: Sequence[str]) -> None:
    """Writes every file of the folders; those with the same content share it."""
    places = wanted_files(archive, folders)
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            content = members.extractfile(member) if member.isreg() and member.name in places else None
            if content is None:
                continue
            first, *others = (target / place for place in places.pop(member.name))
            first.parent.mkdir(parents=True, exist_ok=True)
            with content, first.open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK)
            for other in others:
                other.parent.mkdir(parents=True, exist_ok=True)
                os.link(first, other)
    if places:
        raise ValueError(f"{archive}: {min(places)} is linked to and not there")


def main() -> None:
    parser = argparse.ArgumentParser(description="Unpacks some folders of a .tar.gz, without its top folder.")
    parser.add_argument("archive", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("folders", nargs="+")
    arguments = parser.parse_args()
    unpack(arguments.archive, arguments.target, arguments.folders)


if __name__ == "__main__":
    main()
