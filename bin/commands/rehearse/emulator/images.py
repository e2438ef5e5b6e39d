"""AWS CodeBuild as far as it builds images: the folder that it was given stands for the image.

Nothing is built: what the Dockerfile installs is there already, in the rehearsal's own environment. What it copies is
the deployed asset.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import codebuild, ecr, s3

from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import Requirement
from .journal import Journal

Json = dict[str, Any]

_TAG = "IMAGE_TAG"
_REPOSITORY = "REPOSITORY_URI"


@dataclass
class Images:
    """What was built, by the image's name and tag."""

    state_dir: Path
    journal: Journal
    _folders: dict[str, Path] = field(default_factory=dict)

    def folder_of(self, image: str) -> Path | None:
        """The folder that an image was built from; None when it was not built here."""
        return self._folders.get(_name_of(image))

    def start_build(self, stock: Any, request: Json) -> Any:
        """StartBuild: unpacks the project's source in the name of its role, and puts the image into the repository."""
        response = stock(request)
        if response[0] >= 400:
            return response
        project = codebuild._projects[request["projectName"]]
        variables = _variables(project, request)
        image = f"{variables.get(_REPOSITORY, '')}:{variables.get(_TAG, '')}"
        answer = json.loads(response[2])
        build = codebuild._builds[answer["build"]["id"]]
        try:
            self._folders[_name_of(image)] = self._unpack(project, variables)
            _put_image(variables)
            build.update(buildStatus="SUCCEEDED", buildComplete=True)
        except (AccessDeniedError, KeyError, zipfile.BadZipFile) as error:
            context = [{"statusCode": "YAML_FILE_ERROR", "message": str(error)}]
            phase = {"phaseType": "DOWNLOAD_SOURCE", "phaseStatus": "FAILED", "contexts": context}
            build.update(buildStatus="FAILED", buildComplete=True, phases=[phase])
        state = str(build["buildStatus"])
        error = None if state == "SUCCEEDED" else str(build["phases"][0]["contexts"][0]["message"])
        self.journal.execution("image-source", image, state, 0.0, error=error)
        return response

    def _unpack(self, project: Json, variables: Json) -> Path:
        bucket, _, key = str(project["source"]["location"]).partition("/")
        session = role_session(str(project["serviceRole"]), "AWSCodeBuild")
        require(session["AWS_ACCESS_KEY_ID"], Requirement("s3", "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"))
        content = s3._get_object_data(bucket, key)
        if content is None:
            raise KeyError(f"s3://{bucket}/{key} does not exist; deploy the source of the project.")
        folder = self.state_dir / "images" / str(variables[_TAG])
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
            archive.extractall(folder)
        return folder


def install(state_dir: Path, journal: Journal) -> Images:
    """Wraps CodeBuild's StartBuild."""
    images = Images(state_dir, journal)
    stock = codebuild._start_build
    codebuild._start_build = lambda request: images.start_build(stock, request)
    return images


def _variables(project: Json, request: Json) -> Json:
    own = project.get("environment", {}).get("environmentVariables", [])
    given = request.get("environmentVariablesOverride", [])
    return {each["name"]: each["value"] for each in [*own, *given]}


def _name_of(image: str) -> str:
    """Repository and tag, without the registry's host."""
    return image.split("/", 1)[-1]


def _put_image(variables: Json) -> None:
    """So that DescribeImages finds the tag, and the next deployment does not build again."""
    ecr._put_image(
        {
            "repositoryName": str(variables[_REPOSITORY]).split("/", 1)[-1],
            "imageTag": variables[_TAG],
            "imageManifest": json.dumps({"schemaVersion": 2, "tag": variables[_TAG]}),
            "registryId": get_account_id(),
            "region": get_region(),
        }
    )
