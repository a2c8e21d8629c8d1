"""The plan of a run on its way to the workers: whole, without secrets, and never another run's."""

from argparse import Namespace

import msgpack
import pytest

from loadlib.adapters.run_plan import OPTION, RunPlan

PLAN = RunPlan("run-1", 1_700_000_000.5, ("GET /a", "POST /b#run"), reference_credentials=True, workers=3)


def test_plan_survives_its_way_in_a_spawn_message() -> None:
    sent = Namespace(users=3)
    PLAN.put(sent)
    received = Namespace(**msgpack.loads(msgpack.dumps(vars(sent))))
    assert RunPlan.read(received) == PLAN


@pytest.mark.parametrize("options", [None, Namespace(), Namespace(**{OPTION: None})])
def test_no_plan_is_none(options: Namespace | None) -> None:
    assert RunPlan.read(options) is None


def test_next_plan_replaces_the_last_one() -> None:
    options = Namespace()
    PLAN.put(options)
    RunPlan("run-2", 1.0).put(options)
    assert RunPlan.read(options) == RunPlan("run-2", 1.0)
