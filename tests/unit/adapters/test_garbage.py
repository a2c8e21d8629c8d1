"""While a run is on, the garbage collector leaves out what was there before and searches more seldom."""

import gc

from loadlib.adapters.garbage import YOUNGEST, GarbageRules


def test_what_was_there_before_a_run_is_not_searched_until_it_is_over() -> None:
    before, thresholds, rules = [[]], gc.get_threshold(), GarbageRules()
    rules.apply()
    try:
        rules.apply()
        assert gc.get_freeze_count() > 1000
        assert not any(one is before for one in gc.get_objects())
        assert gc.get_threshold() == (YOUNGEST, *thresholds[1:])
    finally:
        rules.restore()
        rules.restore()
    assert gc.get_freeze_count() == 0
    assert any(one is before for one in gc.get_objects())
    assert gc.get_threshold() == thresholds
