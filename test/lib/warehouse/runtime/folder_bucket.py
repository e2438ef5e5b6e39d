"""What the task that runs dbt asks of S3, answered from a folder, for tests and benchmarks."""

from __future__ import annotations

import shutil
from pathlib import Path

from botocore.exceptions import ClientError


class FolderBucket:
    """A bucket whose objects are the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def upload_file(self, file: str, bucket: str, key: str) -> None:
        """Puts a file."""
        shutil.copyfile(file, self._place(key))

    def copy(self, source: dict[str, str], bucket: str, key: str) -> None:
        """Puts what there is already once more."""
        shutil.copyfile(self.folder / source["Key"], self._place(key))

    def download_file(self, bucket: str, key: str, file: str) -> None:
        """Gives a file."""
        if not (self.folder / key).exists():
            raise ClientError({"Error": {"Code": "404"}}, "GetObject")
        shutil.copyfile(self.folder / key, file)

    def _place(self, key: str) -> Path:
        place = self.folder / key
        place.parent.mkdir(parents=True, exist_ok=True)
        return place
