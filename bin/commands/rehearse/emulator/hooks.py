"""Every private name of MiniStack that this package replaces or calls.

They are not a public interface, so a new version of MiniStack may rename them. Each is checked when the emulator
starts: a missing name stops it with one sentence, where an unnoticed one would turn a rehearsal green for nothing.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any


class HookError(RuntimeError):
    """MiniStack lacks a name that this package needs; the message names the version and the name."""


@dataclass(frozen=True)
class Hook:
    """A name in a module of MiniStack, with its leading parameters when it is a function that we call or replace."""

    module: str
    name: str
    parameters: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


_SERVICES = "ministack.services."
_CLOUDFORMATION = _SERVICES + "cloudformation."
_EVALUATOR = "ministack.core.iam_evaluator"
_ACTIONS = "ministack.core.iam_actions"

HOOKS: tuple[Hook, ...] = (
    Hook("ministack.app", "AUTH"),
    Hook("ministack.app", "app", ("scope", "receive", "send")),
    Hook(
        "ministack.app", "call_service_handler_sync", ("handler", "method", "path", "headers", "body", "query_params")
    ),
    Hook("ministack.core.responses", "get_account_id", ()),
    Hook("ministack.core.responses", "get_region", ()),
    Hook("ministack.core.responses", "request_scope", ("account_id", "region")),
    Hook("ministack.core.responses", "json_response", ("data",)),
    Hook("ministack.core.responses", "error_response_json", ("code", "message", "status")),
    Hook(_EVALUATOR, "_resolve_condition_key", ("key", "ctx")),
    Hook(_EVALUATOR, "caller_arn", ()),
    Hook(_EVALUATOR, "_gather_role_policies", ("role_name", "account_id")),
    Hook(_EVALUATOR, "_conditions_met", ("conditions", "ctx")),
    Hook(_EVALUATOR, "evaluate", ("ctx", "policies", "limits")),
    Hook(_EVALUATOR, "fnmatch_iam", ("value", "pattern")),
    Hook(_EVALUATOR, "fnmatch_iam_cs", ("value", "pattern")),
    Hook(_EVALUATOR, "parse_policy_document", ("doc",)),
    Hook(
        _EVALUATOR,
        "enforce",
        ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"),
    ),
    Hook(_ACTIONS, "_s3_action", ("method", "path", "query_params")),
    Hook(_ACTIONS, "_s3_source_object", ("headers",)),
    Hook(_ACTIONS, "access_denied_response", ("service", "action", "principal_arn", "request_id")),
    Hook(_ACTIONS, "identity_denial_message", ("action", "principal_arn", "resource", "explicit_deny")),
    Hook(
        _ACTIONS,
        "extract_resource_arn",
        ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"),
    ),
    Hook(_SERVICES + "cloudwatch", "_alarms"),
    Hook(_SERVICES + "cloudwatch", "_metrics"),
    Hook(_SERVICES + "cloudwatch", "_calc_stats", ("points",)),
    Hook(_SERVICES + "cloudwatch", "_dims_key", ("dims",)),
    Hook(_SERVICES + "cloudwatch", "_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason")),
    Hook(_SERVICES + "cloudwatch", "_evaluate_alarm", ("alarm",)),
    Hook(_SERVICES + "cloudwatch", "_stat_value", ("stats", "stat_name", "points")),
    Hook(
        _SERVICES + "cloudwatch",
        "_store_datum",
        ("namespace", "name", "dims", "ts", "unit", "value", "values", "counts", "stat_values"),
    ),
    Hook(_SERVICES + "iam", "_users"),
    Hook(_SERVICES + "iam", "_access_keys"),
    Hook(_SERVICES + "iam", "_user_inline_policies"),
    Hook(_SERVICES + "s3", "_bucket_default_sse_headers", ("bucket_name",)),
    Hook(_SERVICES + "s3", "_stored_sse_headers", ("obj",)),
    Hook(_CLOUDFORMATION + "provisioners", "_RESOURCE_HANDLERS"),
    Hook(_CLOUDFORMATION + "provisioners", "_physical_name", ("stack_name", "logical_id")),
    Hook(
        _CLOUDFORMATION + "provisioners", "_provision_resource", ("resource_type", "logical_id", "props", "stack_name")
    ),
    Hook(_CLOUDFORMATION + "provisioners", "_delete_predecessor", ("delete_fn",)),
    Hook(_CLOUDFORMATION + "provisioners", "_replacing_change", ("resource_type", "old_props", "new_props")),
    Hook(_CLOUDFORMATION + "stacks", "_provision_resource", ("resource_type", "logical_id", "props", "stack_name")),
    Hook(_CLOUDFORMATION + "stacks", "_update_resource", ("resource_type", "physical_id", "old_props", "new_props")),
    Hook(_CLOUDFORMATION + "stacks", "_replacing_change", ("resource_type", "old_props", "new_props")),
    Hook(_CLOUDFORMATION + "stacks", "_runs_on_worker_thread", ("resource_type",)),
    Hook(_CLOUDFORMATION + "handlers", "validate_template_support", ("template", "conditions")),
    Hook(_CLOUDFORMATION + "changesets", "validate_template_support", ("template", "conditions")),
    Hook(_SERVICES + "glue", "_tables"),
    Hook(_SERVICES + "glue", "_jobs"),
    Hook(_SERVICES + "glue", "_job_runs"),
    Hook(_SERVICES + "glue", "_create_table", ("data",)),
    Hook(_SERVICES + "glue", "_update_table", ("data",)),
    Hook(_SERVICES + "glue", "_delete_table", ("data",)),
    Hook(_SERVICES + "glue", "_handle_request_sync", ("method", "path", "headers", "body", "query_params")),
    Hook(_SERVICES + "glue", "_databases"),
    Hook(_SERVICES + "glue", "_get_database", ("data",)),
    Hook(_SERVICES + "glue", "_get_table", ("data",)),
    Hook(_SERVICES + "glue", "_get_tables", ("data",)),
    Hook(_SERVICES + "glue", "_get_partitions", ("data",)),
    Hook(_SERVICES + "glue", "_start_job_run", ("data",)),
    Hook(_SERVICES + "glue", "_batch_stop_job_run", ("data",)),
    Hook(_SERVICES + "s3", "_buckets"),
    Hook(_SERVICES + "s3", "_bucket_owner_account", ("name",)),
    Hook(
        _SERVICES + "s3",
        "_foreign_bucket_allows",
        ("owner_account", "bucket_name", "key", "method", "query_params", "caller", "headers"),
    ),
    Hook(_SERVICES + "s3", "_bucket_tags"),
    Hook(_SERVICES + "s3", "_head_object", ("bucket_name", "key", "headers", "query_params")),
    Hook(_SERVICES + "s3", "_put_object", ("bucket_name", "key", "body", "headers")),
    Hook(_SERVICES + "s3", "_get_object_data", ("bucket_name", "key")),
    Hook(_SERVICES + "s3", "_put_bucket_encryption", ("name", "body")),
    Hook(_SERVICES + "s3", "_delete_bucket_encryption", ("name",)),
    Hook(_SERVICES + "s3", "_bucket_has_versions", ("name",)),
    Hook(_SERVICES + "sts", "register_session", ("access_key", "session")),
    Hook(_SERVICES + "stepfunctions", "_SERVICE_DISPATCH"),
    Hook(_SERVICES + "stepfunctions", "_ExecutionError", ("error", "cause")),
    Hook(_SERVICES + "stepfunctions", "_executions"),
    Hook(_SERVICES + "stepfunctions", "_state_machines"),
    Hook(_SERVICES + "stepfunctions", "_start_execution", ("data",)),
    Hook(_SERVICES + "stepfunctions", "_run_execution", ("exec_arn",)),
    Hook(_SERVICES + "stepfunctions", "_execute_task", ("state_def", "raw_input", "execution", "ctx")),
    Hook(_SERVICES + "stepfunctions", "_invoke_resource", ("resource", "input_data")),
    Hook(_SERVICES + "stepfunctions", "_invoke_resource_with_timeout", ("resource", "input_data", "timeout")),
    Hook(_SERVICES + "stepfunctions", "_invoke_with_callback", ("resource", "input_data", "token", "state_def")),
    Hook(_SERVICES + "stepfunctions", "_extract_lambda_ref", ("resource",)),
    Hook(_CLOUDFORMATION + "custom_resource", "_pending"),
    Hook(_CLOUDFORMATION + "custom_resource", "deliver_response", ("token", "response")),
    Hook(_SERVICES + "lambda_svc", "_execute_function_with_config_scope", ("func", "event")),
    Hook(_SERVICES + "lambda_svc", "_execute_function_warm", ("func", "event", "request_id")),
    Hook(_SERVICES + "lambda_svc", "_execute_function", ("func", "event")),
    Hook(_SERVICES + "lambda_svc", "_functions"),
    Hook(_SERVICES + "lambda_svc", "_esms"),
    Hook("ministack.core.lambda_runtime", "get_or_create_worker", ("func_name", "config", "code_zip")),
    Hook(_SERVICES + "lambda_svc", "_match_esm_filter", ("record", "pattern")),
    Hook(_CLOUDFORMATION + "provisioners", "_lambda_esm_attrs", ("esm_id",)),
    Hook(_SERVICES + "athena", "_executions"),
    Hook(_SERVICES + "athena", "handle_request", ("method", "path", "headers", "body", "query_params")),
    Hook(_SERVICES + "athena", "_start_query_execution", ("data",)),
    Hook(_SERVICES + "athena", "_execute_query", ("query_id", "query", "database", "ddl", "catalog")),
    Hook(_SERVICES + "athena", "_run_duckdb", ("query", "database", "catalog")),
    Hook(_SERVICES + "athena", "_table_references", ("query",)),
    Hook(_SERVICES + "athena", "_DUCKDB_TYPE_MAP"),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "available", ()),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "supports", ("runtime",)),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "start", ("app", "savepoint_path", "on_status")),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "snapshot", ("app", "snapshot_name")),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "stop", ("app", "force", "take_snapshot")),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "delete", ("app",)),
    Hook(_SERVICES + "kinesisanalyticsv2_flink", "reset", ()),
    Hook(_SERVICES + "codebuild", "_builds"),
    Hook(_SERVICES + "codebuild", "_projects"),
    Hook(_SERVICES + "codebuild", "_start_build", ("data",)),
    Hook(_SERVICES + "ecr", "_put_image", ("data",)),
    Hook(_SERVICES + "ecs", "_get_docker", ()),
    Hook(_SERVICES + "ecs", "_run_task", ("data",)),
    Hook(_SERVICES + "ecs", "_sanitize", ("obj",)),
    Hook(_SERVICES + "ecs", "_task_defs"),
    Hook(_SERVICES + "ecs", "_tasks"),
    Hook(_SERVICES + "stepfunctions", "_pascal_to_camel", ("d",)),
    Hook(_SERVICES + "secretsmanager", "_create_secret", ("data",)),
    Hook(_SERVICES + "secretsmanager", "_resolve", ("secret_id",)),
    Hook("ministack.app", "SERVICE_HANDLERS"),
    Hook("ministack.core.router", "SERVICE_PATTERNS"),
    Hook(_ACTIONS, "SERVICE_TO_IAM_NAMESPACE"),
    Hook(_SERVICES + "msk", "_clusters"),
    Hook(_SERVICES + "msk", "_bootstrap_strings", ("cluster_name",)),
    Hook(_SERVICES + "scheduler", "_schedules"),
    Hook(_SERVICES + "scheduler", "_tick_schedules", ()),
    Hook(_SERVICES + "eventbridge", "_tick_scheduled_rules", ()),
)


def verify_hooks(hooks: tuple[Hook, ...] = HOOKS) -> None:
    """Checks that MiniStack still has every name, with the parameters we rely on.

    Raises:
        HookError: for the first name that is missing or takes other parameters.
    """
    for hook in hooks:
        _verify(hook)


def _verify(hook: Hook) -> None:
    try:
        target = getattr(importlib.import_module(hook.module), hook.name)
    except (ImportError, AttributeError) as error:
        raise HookError(_sentence(hook, "does not have it")) from error
    if hook.parameters is not None and _parameters(target)[: len(hook.parameters)] != hook.parameters:
        raise HookError(_sentence(hook, f"has it with the parameters {_parameters(target)}"))


def _parameters(target: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(target).parameters)


def _sentence(hook: Hook, problem: str) -> str:
    return (
        f"MiniStack {version('ministack')} {problem}, but the emulator relies on {hook}{hook.parameters or ''}; "
        "install the version pinned in the toolchain's requirements."
    )
