"""Merges compiled classes and jars into one jar, the same bytes on every machine.

Usage: merge_jars.py OUTPUT MAIN_CLASS RULES.json FOLDER_OR_JAR...

Of a file that several inputs have the first one counts; those below META-INF/services are joined, because each lists
implementations of its own. RULES.json has `exclude`, prefixes of paths that the jar does without.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

_SERVICES = "META-INF/services/"
_MANIFEST = "META-INF/MANIFEST.MF"
# A signature is good for the jar that it came with; the classes of other Java versions are those of the base one here.
_DROPPED = ("META-INF/INDEX.LIST", "META-INF/versions/", "META-INF/maven/", "module-info.class")
_SIGNATURES = (".SF", ".RSA", ".DSA")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def merge(output: Path, main_class: str, exclude: tuple[str, ...], inputs: list[Path]) -> None:
    """Writes the jar; a half-written one never stands under its name."""
    merged: dict[str, bytes] = {}
    services: dict[str, list[str]] = {}
    for source in inputs:
        for name, content in _entries(source):
            if name.startswith(_SERVICES):
                lines = services.setdefault(name, [])
                lines += [line for line in _providers(content) if line not in lines]
            elif name not in merged and not _is_dropped(name) and not name.startswith(exclude):
                merged[name] = content
    merged |= {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in services.items()}
    manifest = f"Manifest-Version: 1.0\r\nMain-Class: {main_class}\r\n\r\n".encode()
    unfinished = output.with_suffix(".new")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as jar:
        for name, content in [(_MANIFEST, manifest), *sorted(merged.items())]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            jar.writestr(entry, content)
    unfinished.rename(output)


def _entries(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for file in sorted(source.rglob("*")):
            if file.is_file():
                yield file.relative_to(source).as_posix(), file.read_bytes()
        return
    with zipfile.ZipFile(source) as jar:
        for entry in jar.infolist():
            if not entry.is_dir():
                yield entry.filename, jar.read(entry)


def _providers(content: bytes) -> list[str]:
    lines = (line.split("#")[0].strip() for line in content.decode().splitlines())
    return [line for line in lines if line]


def _is_dropped(name: str) -> bool:
    return (
        name == _MANIFEST
        or name.startswith(_DROPPED)
        or name.endswith("/module-info.class")
        or (name.startswith("META-INF/") and name.endswith(_SIGNATURES))
    )


if __name__ == "__main__":
    target, main, rules, *sources = sys.argv[1:]
    prefixes = tuple(json.loads(Path(rules).read_text(encoding="utf-8"))["exclude"])
    merge(Path(target), main, prefixes, [Path(source) for source in sources])
