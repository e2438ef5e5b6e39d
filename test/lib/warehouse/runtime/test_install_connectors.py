"""The script that installs Airbyte's connectors into the image, with wheels of its own in place of an index."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TASK = Path(__file__).parents[4] / "lib" / "warehouse" / "runtime" / "task"


def wheel(folder: Path, name: str, version: str) -> str:
    """Makes one with a command of its own; gives its digest."""
    module, about = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{module}.py": f"def main():\n    print('{name} {version}')\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": f"[console_scripts]\n{name} = {module}:main\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{about}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """What the image's build sees: the script, and a folder of lock files."""
    (tmp_path / "context" / "connectors").mkdir(parents=True)
    (tmp_path / "wheels").mkdir()
    shutil.copy(TASK / "install-connectors.sh", tmp_path / "context")
    return tmp_path / "context"


def install(context: Path, *requirements: str) -> subprocess.CompletedProcess[str]:
    """Runs the script as the Dockerfile does."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(context.parent / "wheels"),
    }
    command = ["sh", "install-connectors.sh", str(context.parent / "opt"), *requirements]
    return subprocess.run(command, cwd=context, env=environment, capture_output=True, text=True)


def says(context: Path, connector: str) -> str:
    """What the command of a connector prints."""
    command = context.parent / "opt" / connector / "bin" / connector
    return subprocess.run([command], capture_output=True, text=True, check=True).stdout.strip()


def test_each_connector_gets_an_environment_of_its_own(context: Path) -> None:
    wheels = context.parent / "wheels"
    digest = wheel(wheels, "source-locked", "1.2.0")
    (context / "connectors" / "source-locked-1.2.0.txt").write_text(f"source-locked==1.2.0 --hash=sha256:{digest}\n")
    wheel(wheels, "source-free", "0.3")
    wheel(wheels, "source-free", "0.4")
    ran = install(context, "source-locked==1.2.0", "source-free==0.3")
    assert ran.returncode == 0, ran.stderr
    assert [says(context, name) for name in ("source-locked", "source-free")] == [
        "source-locked 1.2.0",
        "source-free 0.3",
    ]


def test_a_package_that_is_not_the_one_of_its_lock_file_stops_the_build(context: Path) -> None:
    wheel(context.parent / "wheels", "source-locked", "1.2.0")
    lock = context / "connectors" / "source-locked-1.2.0.txt"
    lock.write_text(f"source-locked==1.2.0 --hash=sha256:{'0' * 64}\n")
    ran = install(context, "source-locked==1.2.0", "source-free==0.3")
    assert ran.returncode != 0
    assert "HASHES" in ran.stderr
    assert not (context.parent / "opt" / "source-free").exists()
