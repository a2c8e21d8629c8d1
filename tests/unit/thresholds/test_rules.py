"""Which rules apply to a run: sections, their order, what replaces what, and what looks like a slip."""

from pathlib import Path

import pytest

from loadlib.core.verdict import Severity
from loadlib.thresholds.errors import ThresholdsError
from loadlib.thresholds.fields import NoData
from loadlib.thresholds.loader import load
from loadlib.thresholds.rule import RuleSet
from loadlib.thresholds.rules import resolve
from tests.unit.thresholds.support import METRICS, rules_for, rules_of

EXAMPLE = Path(__file__).parent / "example.yaml"


def summary(rules: RuleSet) -> list[tuple[str, str, str]]:
    """Return section, selector and expression of each rule."""
    return [(str(rule.section), rule.selector.source, rule.expression.source) for rule in rules]


def example(environment: str, *scenarios: str, run: str = "mixed") -> RuleSet:
    """Return the rules of the example that apply to a run."""
    return resolve(
        load(EXAMPLE), metrics=METRICS, environment=environment, scenarios=scenarios, run_scenario=run
    )


BASE = [
    ("", "http_req_duration", "p(95)<500"),
    ("", "http_req_duration", "p(99)<1s"),
    ("", "http_req_duration", "max<1m30s"),
    ("", "http_req_duration{endpoint:GET /a2a/{agent}/rpc}", "p(95) < 300ms"),
    ("", "http_req_failed", "rate<1%"),
    ("", "data_received", "count<2GB"),
    ("", "data_received", "rate>1kB/s"),
    ("", "checks", "rate>=0.99"),
    ("endpoint GET /health", "http_req_duration", "p(95)<200ms"),
    ("endpoint GET /health", "http_req_failed", "rate<1%"),
    ("endpoint GET /a2a/*", "http_req_duration", "p(95)<1s"),
]
A2A = [
    ("scenario a2a", "a2a_errors", "rate<1%"),
    ("scenario a2a, endpoint GET /health", "http_req_duration", "med<100ms"),
]


def test_sections_of_other_scenarios_and_environments_do_not_apply() -> None:
    """What is named applies to what it names, the rest to every run."""
    assert summary(example("local", "ccr")) == BASE


def test_scenario_section_applies_when_it_is_part_of_the_run() -> None:
    """After the rules for every run, in the order of the file."""
    assert summary(example("local", "a2a", "ccr")) == BASE + A2A


def test_environment_replaces_the_same_selector_of_the_same_section_in_its_place() -> None:
    """Everything else stays, also the same selector elsewhere."""
    expected = BASE + A2A
    expected[0:3] = [("environment staging", "http_req_duration", "p(95)<2s")]
    expected[7] = ("environment staging, endpoint GET /health", "http_req_failed", "rate<5%")
    expected[9] = ("environment staging, scenario a2a", "a2a_errors", "rate<5%")
    assert summary(example("staging", "a2a")) == expected


def test_environment_adds_selectors_and_switches_others_off() -> None:
    """A new selector comes last; an empty list leaves nothing to judge."""
    text = """
thresholds: {http_reqs: [count>0], iterations: [count>0]}
environments: {dev: {thresholds: {streams: [count>0], http_reqs: []}}}
"""
    assert summary(rules_of(text, environment="dev")) == [
        ("", "iterations", "count>0"),
        ("environment dev", "streams", "count>0"),
    ]


def test_environment_replaces_whatever_the_spelling() -> None:
    """Selectors are compared by what they mean."""
    text = """
thresholds: {"http_reqs{a:1,b:2}": [count>0]}
environments: {dev: {thresholds: {"http_reqs{ b:2, a:1 }": [count>1]}}}
"""
    assert summary(rules_of(text, environment="dev")) == [
        ("environment dev", "http_reqs{ b:2, a:1 }", "count>1")
    ]


def test_two_spellings_in_one_section_add_up() -> None:
    """k6 drops the first silently."""
    text = 'thresholds: {"http_reqs{a:1,b:2}": [count>0], "http_reqs{b:2,a:1}": [count>1]}'
    assert [expression for *_, expression in summary(rules_of(text))] == ["count>0", "count>1"]


@pytest.mark.parametrize(
    ("scenarios", "run_scenario", "tags"),
    [
        (["a2a", "ccr"], "a2a", [(("scenario", "a2a"),)]),
        (["a2a", "ccr"], "mixed", [(("scenario", "a2a"),), ()]),
        (["mixed", "ccr"], "mixed", [(("scenario", "mixed"),)]),
    ],
)
def test_scenario_tag_is_added_unless_the_section_is_the_runs_own(
    scenarios: list[str], run_scenario: str, tags: list[object]
) -> None:
    """A run that is no scenario of its own is judged as a whole."""
    text = (
        "scenarios: {a2a: {thresholds: {http_reqs: [count>0]}}, mixed: {thresholds: {http_reqs: [count>9]}}}"
    )
    rules = rules_of(text, scenarios=scenarios, run_scenario=run_scenario)
    assert [rule.tags for rule in rules] == tags


def test_tags_of_selector_and_sections_come_together() -> None:
    """A series must carry all of them."""
    text = """
scenarios: {a2a: {endpoints: {"GET /a2a/{agent}": {"http_reqs{method:GET}": [count>0]}}}}
"""
    (rule,) = rules_of(text)
    assert dict(rule.tags) == {"endpoint": "GET /a2a/{agent}", "method": "GET", "scenario": "a2a"}
    assert (rule.endpoint, rule.section.pattern) == ("GET /a2a/{agent}", None)


def test_endpoint_with_a_star_is_a_pattern_only_in_its_section() -> None:
    """In k6's selectors a star is a star."""
    (rule,) = rules_of('endpoints: {"GET /a2a/*": {http_reqs: [count>0]}}')
    assert (rule.tags, rule.section.pattern, rule.endpoint) == ((), "GET /a2a/*", None)
    (rule,) = rules_of('thresholds: {"http_reqs{endpoint:GET /a2a/*}": [count>0]}')
    assert (rule.section.pattern, rule.endpoint) == (None, "GET /a2a/*")


def test_entry_keys_reach_the_rule() -> None:
    """Text alone goes by the defaults of the file, and those by what they are built with."""
    rules = example("local")
    assert [
        (r.severity, r.abort_on_fail, r.delay_abort_eval_s, r.min_samples, r.no_data)
        for r in (rules.rules[i] for i in (0, 1, 2, 7, 10))
    ] == [
        (Severity.FAIL, False, None, 1, NoData.FAIL),
        (Severity.FAIL, True, 10.0, 100, NoData.FAIL),
        (Severity.WARN, False, None, 1, NoData.FAIL),
        (Severity.FAIL, True, 2.0, 1, NoData.FAIL),
        (Severity.FAIL, False, None, 1, NoData.SKIP),
    ]


@pytest.mark.parametrize(
    ("defaults", "entry", "expected"),
    [
        ("{}", "", NoData.FAIL),
        ("{}", ", severity: warn", NoData.WARN),
        ("{severity: warn}", "", NoData.WARN),
        ("{severity: warn}", ", severity: fail", NoData.FAIL),
        ("{no_data: fail}", ", severity: warn", NoData.FAIL),
        ("{no_data: skip}", "", NoData.SKIP),
        ("{no_data: skip}", ", no_data: fail", NoData.FAIL),
    ],
)
def test_rule_that_only_warns_only_warns_without_data(defaults: str, entry: str, expected: NoData) -> None:
    """Unless ``no_data`` says otherwise, in the rule or in the defaults."""
    (rule,) = rules_of(f"defaults: {defaults}\nthresholds: {{http_reqs: [{{threshold: count>0{entry}}}]}}")
    assert rule.no_data is expected


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("10s", 10.0), ("1m30s", 90.0), ("250ms", 0.25), ("500", 0.5), ("0", 0.0), ('"10s"', 10.0)],
)
@pytest.mark.parametrize("key", ["delay_abort_eval", "delayAbortEval"])
def test_delay_is_a_duration_and_bare_milliseconds(key: str, written: str, seconds: float) -> None:
    """In both spellings."""
    (rule,) = rules_for("http_reqs", "count>0", abortOnFail="true", **{key: written})
    assert (rule.abort_on_fail, rule.delay_abort_eval_s) == (True, seconds)


def test_rule_knows_its_place_in_the_file() -> None:
    """``file:line:column`` of the comparison itself, in both forms of an entry."""
    rules = rules_of('thresholds:\n  http_reqs: ["count>0", {threshold: count>1, min_samples: 2}]')
    assert [rule.source for rule in rules] == ["thresholds.yaml:3:15", "thresholds.yaml:3:38"]


def test_slip_in_a_section_that_does_not_apply_is_found_now() -> None:
    """Not in the night in which the section is needed."""
    with pytest.raises(ThresholdsError, match="unknown metric 'htp_reqs'; did you mean 'http_reqs'"):
        rules_of("environments: {prod: {scenarios: {soak: {thresholds: {htp_reqs: [count>0]}}}}}")


SLIPS = [
    (
        "environments: {stagging: {}}",
        ["2:16: environment 'stagging' is not part of this run; did you mean 'staging'?"],
    ),
    ("environments: {stagging: {}, staging: {}}", []),
    ("environments: {production: {}}", []),
    (
        "scenarios: {straeming: {}}",
        ["2:13: scenario 'straeming' is not part of this run; did you mean 'streaming'?"],
    ),
    ("scenarios: {mixxed: {}}", ["2:13: scenario 'mixxed' is not part of this run; did you mean 'mixed'?"]),
    ("scenarios: {soak: {}, mixed: {}, streaming: {}}", []),
    (
        "environments: {x: {scenarios: {streamin: {}}}}",
        ["2:32: scenario 'streamin' is not part of this run; did you mean 'streaming'?"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), SLIPS)
def test_section_named_almost_like_the_runs_own_is_a_warning(text: str, expected: list[str]) -> None:
    """Users name their own sections, so it can't be an error."""
    rules = rules_of(
        f"{text}\nthresholds: {{http_reqs: [count>0]}}",
        environment="staging",
        scenarios=["streaming"],
        run_scenario="mixed",
    )
    assert list(rules.warnings) == [f"thresholds.yaml:{line}" for line in expected]


def test_document_that_judges_nothing_is_a_warning() -> None:
    """The reader should know that no verdict will come."""
    rules = rules_of("thresholds: {}")
    assert (len(rules), rules.warnings) == (0, ("thresholds.yaml: no threshold applies to this run",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("scenarios: {a2a: {thresholds: {http_reqs: [count>0]}}}", ""),
        ("environments: {staging: {thresholds: {http_reqs: [count>0]}}}", ""),
        (
            "scenarios: {streamin: {thresholds: {http_reqs: [count>0]}}}",
            "2:13: scenario 'streamin' is not part of this run; did you mean 'streaming'?",
        ),
    ],
)
def test_document_of_which_nothing_applies_is_an_error(text: str, words: str) -> None:
    """A run that was to be judged and can't be would pass; what looks like a slip is said with it."""
    with pytest.raises(ThresholdsError) as failure:
        rules_of(text, environment="local", scenarios=["streaming"], run_scenario="streaming")
    assert "none of its thresholds applies to scenario streaming in environment local" in str(failure.value)
    assert words in str(failure.value)


def test_section_that_switches_a_rule_off_is_no_missing_rule() -> None:
    """An empty list of an environment leaves the others to judge."""
    text = """
thresholds: {http_reqs: [count>0], iterations: [count>0]}
environments: {local: {thresholds: {http_reqs: []}}}
"""
    assert [expression for *_, expression in summary(rules_of(text))] == ["count>0"]
