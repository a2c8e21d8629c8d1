"""Merging: any split, order and grouping of the same samples gives the same state."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.core.sketch import MAX_RELATIVE_ERROR, Sketch
from tests.unit.core.samples import START_S, Sample, deltas, merged

FLOATS = st.floats(min_value=-1e300, max_value=1e300, allow_subnormal=False)
BINARY_FRACTIONS = st.integers(-(2**40), 2**40).map(lambda number: number / 1024)
"""Numbers whose sums are exact however they are added, so that even the sum is comparable."""
SAMPLES = st.lists(
    st.builds(
        Sample,
        offset_s=st.integers(0, 300).map(lambda number: number / 4),
        endpoint=st.sampled_from(["GET /a", "POST /b"]),
        duration_s=st.integers(0, 5000).map(lambda number: number / 1024),
        failed=st.booleans(),
        users=st.integers(0, 9),
    ),
    max_size=60,
).map(lambda found: sorted(found, key=lambda sample: sample.offset_s))


def union(sketches: list[Sketch]) -> Sketch:
    """Return a new sketch with the values of all."""
    merged_sketch = Sketch()
    for sketch in sketches:
        merged_sketch.merge(sketch)
    return merged_sketch


@settings(deadline=None)
@given(st.lists(BINARY_FRACTIONS, max_size=60), st.data())
def test_any_split_and_order_of_values_gives_the_same_sketch_and_sum(
    values: list[float], data: st.DataObject
) -> None:
    """Recording in several processes is recording in one."""
    shuffled = data.draw(st.permutations(values))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=5)))
    pieces = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(values)], strict=True)]
    whole = Sketch.of(values)
    joined = union([Sketch.of(piece) for piece in pieces])
    assert joined == whole
    assert joined.sum == whole.sum == sum(values)


@settings(deadline=None)
@given(st.lists(st.lists(FLOATS, max_size=8).map(Sketch.of), min_size=1, max_size=6), st.data())
def test_merging_sketches_of_any_numbers_is_associative_and_order_free(
    parts: list[Sketch], data: st.DataObject
) -> None:
    """Sums lose nothing in merging, whatever the magnitudes: equality includes them, bit for bit."""
    shuffled = data.draw(st.permutations(parts))
    left_to_right = reduce(lambda a, b: union([a, b]), shuffled)
    right_to_left = reduce(lambda a, b: union([b, a]), reversed(parts))
    assert left_to_right == right_to_left == union(parts)
    assert left_to_right.sum == right_to_left.sum


@settings(deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=40))
def test_the_sum_of_single_values_is_the_correctly_rounded_one(values: list[float]) -> None:
    """Merging single values adds exactly and rounds once; the order of plain addition does not matter."""
    exact = sum((Fraction(value) for value in values), Fraction(0))
    assert union([Sketch.of([value]) for value in values]).sum == float(exact)


@settings(deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=40), st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_quantiles_never_leave_the_range_and_never_fall(values: list[float], quantiles: list[float]) -> None:
    """A higher quantile is never a smaller value (up to rounding), and all lie between the extremes."""
    sketch = Sketch.of(values)
    read = [sketch.quantile(q) for q in sorted(quantiles)]
    slack = max(map(abs, values)) * 1e-12
    assert all(sketch.minimum - slack <= value <= sketch.maximum + slack for value in read)
    assert all(low <= high + slack for low, high in pairwise(read))


@settings(deadline=None)
@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=40))
def test_every_value_is_kept_within_the_guaranteed_error(values: list[float]) -> None:
    """Each bucket's value stands for values at most the stated part away from it."""
    for value in values:
        ((kept, count),) = Sketch.of([value]).buckets()
        assert count == 1
        assert abs(kept - value) <= MAX_RELATIVE_ERROR * value * (1 + 1e-9)


@settings(max_examples=50, deadline=None)
@given(SAMPLES, st.integers(1, 4), st.integers(1, 20))
def test_several_processes_equal_one(recorded: list[Sample], processes: int, every: int) -> None:
    """Who recorded a sample does not show in the totals, and not in any window either."""
    one = merged(deltas(recorded, "only", every=every))
    several = merged(
        delta
        for process in range(processes)
        for delta in deltas(recorded[process::processes], f"w{process}", every=every)
    )
    assert several.snapshot(START_S) == one.snapshot(START_S)
    assert list(several.history.windows()) == list(one.history.windows())


@settings(max_examples=50, deadline=None)
@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_in_which_processes_report_does_not_matter(recorded: list[Sample], order: object) -> None:
    """Deltas of one process arrive in order; between processes every interleaving is the same run."""
    queues = [deltas(recorded[process::3], f"w{process}", every=3) for process in range(3)]
    in_turn = merged(delta for queue in queues for delta in queue)
    interleaved = []
    while any(queues):
        queue = order.choice([queue for queue in queues if queue])  # type: ignore[attr-defined]
        interleaved.append(queue.pop(0))
    mixed = merged(interleaved)
    assert mixed.snapshot(START_S) == in_turn.snapshot(START_S)
    assert list(mixed.history.windows()) == list(in_turn.history.windows())
    assert mixed.ledger.processes == in_turn.ledger.processes
