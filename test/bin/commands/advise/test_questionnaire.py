"""The questionnaire as a person has it: the built command on a terminal, driven by keys."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[4]
COMMAND = REPOSITORY / "dist" / "bin" / "data-patterns.js"
DOWN, ENTER, CTRL_C = "\x1b[B", "\r", "\x03"


class Terminal:
    """A process whose standard streams are a terminal."""

    def __init__(self, *arguments: str):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(
            ["node", str(COMMAND), "advise", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
        )
        os.close(slave)
        self.text = ""

    def read(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    chunk = os.read(self.master, 65536)
                except OSError:  # The other end is closed.
                    return
                self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", chunk.decode("utf8", "replace"))
            elif self.process.poll() is not None:
                return

    def wait_for(self, expected: str, since: int = 0, seconds: float = 20) -> int:
        until = time.monotonic() + seconds
        while expected not in self.text[since:]:
            assert time.monotonic() < until, f"{expected!r} is not in {self.text[since:]!r}"
            self.read(0.1)
        return len(self.text)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self) -> int:
        self.read(20)
        return self.process.wait(20)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield start
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
        os.close(each.master)


def test_answers_help_and_the_way_back(terminal, tmp_path):
    saved = tmp_path / "requirements.yaml"
    console = terminal("--save", str(saved))
    at = console.wait_for("1/22 What is the fastest")
    console.press("?")
    at = console.wait_for("Think of the one use that cannot wait", at)
    console.press(DOWN + DOWN + ENTER)
    at = console.wait_for("2/22", at)
    console.press("b")
    at = console.wait_for("1/22", at)
    console.wait_for("> seconds", at - 600)
    # What was answered is still chosen: one further down.
    console.press(DOWN + ENTER)
    at = console.wait_for("2/22", at)
    console.press(DOWN + ENTER)
    at = console.wait_for("3/22", at)
    for number in range(4, 7):
        console.press(ENTER)
        at = console.wait_for(f"{number}/22", at)
    # Use cases: the first and the one after the next.
    console.press(" " + DOWN + DOWN + " " + ENTER)
    at = console.wait_for("7/22", at)
    # "I do not know yet" stands last; upwards from the first.
    for number in range(8, 23):
        console.press("n" if number == 10 else "\x1b[A" + ENTER)
        at = console.wait_for(f"{number}/22", at)
    # Four priorities are one too many.
    console.press(" " + DOWN + " " + DOWN + " " + DOWN + " " + ENTER)
    at = console.wait_for("choose at most 3", at)
    console.press(" " + ENTER)
    console.wait_for("Rough cost a month", at)
    assert console.end() == 0
    assert saved.read_text() == "\n".join(
        [
            "latency:",
            "  fastest: sub_second",
            "  mixed: true",
            "scale:",
            "  now: 10 GB",
            "  in_two_years: 10 GB",
            "  events_per_second: 0",
            "use_cases:",
            "  - standard_bi",
            "  - machine_learning",
            "priorities:",
            "  - fitness_for_purpose",
            "  - simplicity",
            "  - scalability",
            "",
        ]
    )


def test_leaving_writes_nothing(terminal, tmp_path):
    saved = tmp_path / "requirements.yaml"
    console = terminal("--save", str(saved))
    console.wait_for("1/22")
    console.press(ENTER)
    console.wait_for("2/22")
    console.press(CTRL_C)
    assert console.end() == 2
    assert not saved.exists()
    assert "Rough cost" not in console.text


def test_without_a_terminal_it_says_what_to_do():
    result = subprocess.run(["node", str(COMMAND), "advise"], capture_output=True, text=True, input="", check=False)
    assert result.returncode == 2
    assert "--requirements requirements.yaml" in result.stderr
