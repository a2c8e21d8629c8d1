"""Which CUSTOM events are about a task's progress, and therefore must name it."""

import pytest

from loadlib.protocols.agui.progress import check_custom, is_progress_name


@pytest.mark.parametrize(
    "name",
    [
        "task_progress",
        "taskProgress",
        "TASK.UPDATED",
        "task.updated",
        "long_task_started",
        "task:step",
        "task-completed",
        "progress_of_task",
        "subtask_failed",
    ],
)
def test_name_of_a_task_and_a_stage_of_its_life_is_progress(name: str) -> None:
    assert is_progress_name(name)
    assert check_custom({"name": name, "value": {"taskId": "task_1"}}) is None
    failure = check_custom({"name": name, "value": {"percent": 50}})
    assert failure is not None
    assert failure.kind == "progress_without_task_id"


@pytest.mark.parametrize(
    "name",
    ["upload_progress", "progress", "PROGRESS", "status", "task", "task_list", "PredictState", "update", ""],
)
def test_other_names_ask_for_no_task(name: str) -> None:
    assert not is_progress_name(name)
    assert check_custom({"name": name, "value": {"percent": 50}}) is None
