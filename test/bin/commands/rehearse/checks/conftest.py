"""Finds the package under test, and builds actual tables the way a faultless pipeline would."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[5] / "bin" / "commands" / "rehearse"))
