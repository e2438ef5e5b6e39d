"""Every private name of MiniStack that the emulator relies on is there, and its absence is noticed."""

from __future__ import annotations

import importlib
import re
from importlib.metadata import version
from pathlib import Path

import emulator
import pytest
from emulator.hooks import HOOKS, Hook, HookError, verify_hooks


@pytest.mark.parametrize("hook", HOOKS, ids=str)
def test_ministack_has(hook: Hook) -> None:
    verify_hooks((hook,))


@pytest.mark.parametrize("hook", HOOKS, ids=str)
def test_is_missed(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(importlib.import_module(hook.module), hook.name)
    with pytest.raises(HookError) as error:
        verify_hooks((hook,))
    assert f"MiniStack {version('ministack')}" in str(error.value)
    assert f"{hook.module}.{hook.name}" in str(error.value)


def test_other_parameters_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook("ministack.services.glue", "_start_job_run", ("data",))
    monkeypatch.setattr("ministack.services.glue._start_job_run", lambda request: None)
    with pytest.raises(HookError, match=r"has it with the parameters \('request',\)"):
        verify_hooks((hook,))


def test_every_private_name_that_a_module_uses_is_listed() -> None:
    listed = {(hook.module.rsplit(".", 1)[-1], hook.name) for hook in HOOKS}
    listed |= {("sfn", name) for module, name in listed if module == "stepfunctions"}
    used = re.compile(
        r"\b(glue|iam|iam_actions|iam_evaluator|s3|sts|sfn|athena|msk|scheduler|eventbridge|lambda_svc|custom_resource|provisioners|stacks|handlers|changesets)"
        r"\.(_\w+|deliver_response|register_session|validate_template_support"
        r"|enforce|evaluate|fnmatch_iam\w*|parse_policy_document|extract_resource_arn|access_denied_response"
        r"|identity_denial_message)\b"
    )
    sources = Path(emulator.__file__).parent.glob("*.py")
    assert {found for path in sources for found in used.findall(path.read_text(encoding="utf-8"))} - listed == set()
