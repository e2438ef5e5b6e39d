"""The engines that stand behind AWS services, which the rehearsal starts and tells of before it deploys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

# The name is that of announceEngines in engines/emulator.ts.
_FILE = "engines.json"


class EngineMissingError(RuntimeError):
    """No engine of that name was announced; the message says which and what for."""


@dataclass(frozen=True)
class Engines:
    """Where each engine is reached.

    Attributes:
        folder: The emulator's state folder, in which the rehearsal leaves the announcement.
    """

    folder: Path

    def endpoint(self, name: str) -> str | None:
        """Such as `127.0.0.1:9092` for `kafka`; None when there is no such engine."""
        try:
            announced = json.loads((self.folder / _FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return announced.get(name)

    def require(self, name: str, asking: str) -> str:
        """The endpoint of an engine that a resource cannot do without.

        Args:
            name: Such as `kafka`.
            asking: The resource, for the message.

        Raises:
            EngineMissingError: when it was not announced.
        """
        endpoint = self.endpoint(name)
        if not endpoint:
            raise EngineMissingError(
                f"{asking}: the rehearsal has no engine '{name}'. "
                "It is started for the stacks of a pattern that uses it; rehearse such a stack."
            )
        return endpoint
