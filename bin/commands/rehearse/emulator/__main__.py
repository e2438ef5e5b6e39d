"""`python -m emulator --config FILE`: serves every AWS endpoint on 127.0.0.1 until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from .config import ConfigError, EmulatorConfig, load_config

_SHUTDOWN_SECONDS = 15


def main() -> int:
    """Starts the emulator; answers with the exit status: 0 after a signal, 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="emulator", description=__doc__)
    parser.add_argument("--config", required=True, type=Path, help="the configuration, a JSON file")
    try:
        config = load_config(parser.parse_args().config)
    except ConfigError as error:
        return _refuse(str(error))
    ready = _own_standard_output()
    config.state_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(_environment(config))

    # MiniStack reads its environment while it is imported.
    from . import plugins, server
    from .hooks import HookError

    try:
        running = plugins.install(config)
    except HookError as error:
        return _refuse(str(error))
    try:
        asyncio.run(server.serve(config, lambda: _announce(ready, config), lambda: _begin_shutdown(running.stop)))
    except OSError as error:
        return _refuse(f"127.0.0.1:{config.port} cannot be used ({error.strerror}). Give another port.")
    running.stop()
    return 0


def _environment(config: EmulatorConfig) -> dict[str, str]:
    """What MiniStack takes from its environment; a Docker that this machine may have is kept out of it."""
    return {
        "AUTH": str(config.enforce_iam).lower(),
        "AWS_ENDPOINT_URL": config.endpoint,
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "GATEWAY_PORT": str(config.port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_ACCOUNT_ID": config.account,
        "MINISTACK_REGION": config.region,
        "NODE_PATH": os.pathsep.join(config.node_path),
        "SFN_WAIT_SCALE": str(config.wait_scale),
        "SFTP_ENABLED": "0",
    }


def _begin_shutdown(stop_children: Callable[[], None]) -> None:
    """On the first signal: children are killed, and a shutdown that hangs is cut off."""
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    signal.alarm(_SHUTDOWN_SECONDS)
    stop_children()


def _own_standard_output() -> TextIO:
    """Standard output for the ready line alone; whatever else is printed goes to standard error."""
    ready = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return ready


def _announce(output: TextIO, config: EmulatorConfig) -> None:
    print(json.dumps({"event": "ready", "port": config.port}), file=output, flush=True)


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.stdout.flush()
    status = main()
    sys.stderr.flush()
    # Threads of MiniStack that wait for nothing any more must not hold the process back.
    os._exit(status)
