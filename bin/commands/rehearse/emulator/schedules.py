"""Schedules do not fire in a rehearsal: it starts every job and pipeline itself, at a moment of its own."""

from __future__ import annotations

from ministack.services import eventbridge, scheduler


def install() -> None:
    """Stops the clocks of EventBridge rules and of EventBridge Scheduler; their resources are kept as records."""
    scheduler._tick_schedules = _do_nothing
    eventbridge._tick_scheduled_rules = _do_nothing


def _do_nothing() -> None:
    """Stands where MiniStack would fire what is due."""
