"""What must be counted for each mode of the reference platform: the tables of the protocol tests.

Failing modes stand under the kind they must be counted as, good ones under the soft findings they leave.
"""

from collections.abc import Mapping
from typing import Final


def _by_mode(by_meaning: Mapping[str, str]) -> Mapping[str, str]:
    return {mode: meaning for meaning, modes in by_meaning.items() for mode in modes.split()}


STREAM_TIMES: Final = (
    "stream_ttfb",
    "stream_ttfe",
    "stream_ttft",
    "stream_chunk_gap",
    "stream_duration",
    "stream_stall_time",
)

AGUI: Final[Mapping[str, str]] = _by_mode(
    {
        "bad_field": "bad_field bad_utf8 missing_field snake_case",
        "bad_json": "bad_json",
        "bad_patch": "bad_patch",
        "chunk_conflict": "chunk_conflict",
        "chunk_first_fields": "chunk_first_fields",
        "content_type": "content_type not_streamed protobuf",
        "dup_open:reasoning_span": "dup_open_reasoning",
        "dup_open:step": "dup_open_step",
        "dup_open:text": "dup_open",
        "dup_open:tool": "dup_open_tool",
        "empty_run": "empty",
        "event_after_close": "event_after_close event_after_error",
        "first_event": "first_event",
        "http_status": "http_500 http_status",
        "idle_timeout": "hang hang_first",
        "nested_run_started": "nested_run_started",
        "no_terminal": "comments_only empty_stream noterm",
        "no_type": "no_type",
        "not_object": "not_object",
        "not_open:reasoning": "not_open_reasoning",
        "not_open:step": "not_open_step",
        "not_open:subagent": "not_open_subagent",
        "not_open:text": "badorder not_open",
        "not_open:tool": "not_open_tool",
        "open_at_finish:reasoning_span": "open_at_finish_reasoning",
        "open_at_finish:step": "open_at_finish_step",
        "open_at_finish:subagent": "open_at_finish_subagent",
        "open_at_finish:text": "open_at_finish",
        "open_at_finish:tool": "open_at_finish_tool",
        "outcome_cancelled": "cancelled",
        "outcome_interrupt": "interrupt",
        "owner_mismatch": "owner_mismatch",
        "progress_without_task_id": "progress_noid progress_state_noid",
        "run_error": "error",
        "run_error:OVERLOADED": "run_error_code",
        "run_id_mismatch": "run_id_mismatch wrong_run",
        "sse_framing": "huge",
        "stream_timeout": "heartbeat",
        "thread_id_mismatch": "thread_id_mismatch",
        "truncated": "no_blank_line partial truncate",
    }
)
"""Failing AG-UI streams."""

AGUI_SOFT: Final[Mapping[str, str]] = _by_mode(
    {
        "": "chunked full heartbeat_pause ok patch_not_applying plain progress progress_failed progress_state"
        " reason reasoning slow stall state subagent tool two_runs usage",
        "crlf_framing": "cr crlf",
        "empty_delta": "empty_delta",
        "null_optional": "null_optional",
        "timestamp_backwards": "timestamps_backwards",
        "unknown_outcome": "unknown_outcome",
        "unknown_property": "unknown_property",
        "unknown_type": "thinking unknown_type",
    }
)
"""Good AG-UI streams, by their soft findings."""

A2A: Final[Mapping[str, str]] = _by_mode(
    {
        "auth": "http_401",
        "bad_json": "bad_json",
        "bad_shape": "bad_shape missing_field unknown_state",
        "content_type": "content_type",
        "context_id_mismatch": "context_id_mismatch",
        "event_after_terminal": "event_after_terminal state_after_terminal",
        "http_status": "http_500 http_status",
        "id_mismatch": "id_mismatch id_type",
        "idle_timeout": "hang hang_first",
        "jsonrpc_envelope": "bad_utf8 both envelope neither no_jsonrpc",
        "message_not_alone": "message_not_alone two_messages",
        "no_terminal": "comments_only empty_stream noterm",
        "not_object": "not_object",
        "not_streamed": "not_streamed",
        "rpc_error:-32004": "json_error",
        "rpc_error:-32603": "mid_error raise rpc_error",
        "sse_framing": "huge",
        "state:canceled": "cancel canceled",
        "state:failed": "fail failed",
        "state:rejected": "reject rejected",
        "stream_timeout": "heartbeat",
        "task_id_mismatch": "task_id_mismatch",
        "truncated": "no_blank_line partial truncate",
        "unexpected_interrupt": "auth input input_required",
    }
)
"""Failing A2A streams of both dialects."""

A2A_SOFT: Final[Mapping[str, str]] = _by_mode(
    {
        "": "lf",
        "append_to_unknown crlf_framing": "append_unknown",
        "artifact_restarted crlf_framing": "artifact_reused",
        "chunk_after_last crlf_framing": "after_last_chunk",
        "crlf_framing": "cr heartbeat_pause message plain repeat_task stall",
        "crlf_framing first_not_task": "first_not_task",
        "crlf_framing state_regression": "state_regression",
        "crlf_framing timestamp_not_utc": "bad_timestamp",
    }
)
"""Good A2A streams of both dialects, by their soft findings."""

TEAM: Final[Mapping[str, str]] = _by_mode(
    {
        "bad_field": "bad_field",
        "bad_json": "bad_json",
        "content_type": "content_type not_streamed",
        "empty_run": "empty",
        "event_after_close": "event_after_close",
        "first_event": "first_event",
        "http_status": "http_500 http_status",
        "idle_timeout": "hang hang_first",
        "nested_run_started": "nested_run_started",
        "no_terminal": "empty_stream noterm",
        "no_type": "no_type",
        "not_object": "not_object",
        "run_error": "status_error",
        "run_error:EXECUTION_ERROR": "error event_after_error",
        "run_error:EXECUTION_TIMEOUT": "timeout",
        "run_error:STREAM_ERROR": "stream_error",
        "run_id_mismatch": "run_id_mismatch",
        "sse_framing": "huge",
        "stream_timeout": "heartbeat",
        "truncated": "no_blank_line partial truncate",
    }
)
"""Failing streams of the platform's own dialect."""

TEAM_SOFT: Final[Mapping[str, str]] = _by_mode(
    {
        "": "chunks heartbeat_pause plain stall tool",
        "crlf_framing": "cr crlf",
        "unknown_type": "bad_utf8 unknown_type",
    }
)
"""Good ones, by their soft findings."""

RPC: Final[Mapping[str, str]] = _by_mode(
    {
        "app_error": "provider",
        "bad_json": "bad_json empty_body",
        "bad_shape": "bad_result bad_shape",
        "content_type": "content_type",
        "empty_run": "empty",
        "id_mismatch": "id_mismatch id_type",
        "jsonrpc_envelope": "both envelope neither",
        "not_object": "not_object",
        "rpc_error:-32000": "timeout",
        "rpc_error:-32603": "error rpc_error",
        "server_error": "http_500 http_502 http_status",
        "timeout": "hang",
        "truncated": "truncate",
    }
)
"""Bad answers of the platform's own rpc."""

SEND: Final[Mapping[str, str]] = _by_mode(
    {
        "bad_json": "bad_json empty_body",
        "bad_shape": "bad_result bad_shape missing_field unknown_state",
        "content_type": "content_type",
        "id_mismatch": "id_mismatch id_type",
        "jsonrpc_envelope": "both envelope error neither rpc_error",
        "no_terminal": "noterm",
        "not_object": "not_object",
        "rpc_error:-32603": "raise",
        "server_error": "http_500 http_502 http_status",
        "state:canceled": "cancel",
        "state:failed": "fail",
        "state:rejected": "reject",
        "timeout": "hang",
        "truncated": "truncate",
        "unexpected_interrupt": "auth input",
    }
)
"""Bad answers to an A2A message that is sent without a stream."""

A2A_ONLY_1_0: Final[Mapping[str, str]] = {"two_members": "bad_shape"}
"""Failing only where the member's name tells the sort; 0.3 tells it by ``kind``."""

SEND_ONLY_1_0: Final[Mapping[str, str]] = {"two_members": "bad_shape"}

SEND_HARMLESS: Final = ("context_id_mismatch", "empty", "history_too_long", "message", "task_id_mismatch")
"""Wrong only for a follow-up, or for a caller that asked for less, and no user does either."""

CARD: Final[Mapping[str, str]] = _by_mode(
    {
        "bad_json": "bad_json",
        "bad_shape": "bad_shape",
        "content_type": "content_type",
        "no_interface": "no_interface other_version",
        "not_found": "http_404",
        "not_object": "not_object",
    }
)
"""Agent cards that cannot be used."""

CARD_GOOD: Final = ("new_only", "old_only", "no_streaming", "unknown_members")

LISTING: Final[Mapping[str, str]] = _by_mode(
    {"missing_agent": "missing_agent no_agents", "bad_shape": "listing_shape listing_version"}
)
"""Wrong bodies of the platform's global discovery."""

PROVIDER: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "content": ("empty_run", "app_error", "app_error", "app_error"),
    "error-event": ("run_error", "run_error:EXECUTION_ERROR", "rpc_error:-32603", "state:failed"),
    "cut": ("truncated", "truncated", "truncated", "no_terminal"),
}
"""What a failing model must be counted as: AG-UI, team, rpc and A2A, by the shape it shows."""
