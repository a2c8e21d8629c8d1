"""The JSON Schema: an editor takes what the loader takes and refuses what is plainly wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from loadlib.thresholds.document import (
    Defaults,
    DocumentModel,
    EnvironmentSection,
    RuleEntry,
    ScenarioSection,
)
from loadlib.thresholds.errors import ThresholdsError
from loadlib.thresholds.loader import load, loads
from loadlib.thresholds.schema import schema

HERE = Path(__file__).parent
RULE = "version: 1\nthresholds: {http_reqs: [%s]}"

GOOD = [
    "version: 1",
    "version: 1\nthresholds: {http_reqs: []}",
    "version: 1\nthresholds: {'http_req_duration{endpoint:GET /a2a/{agent}/rpc}': ['p(95)<500']}",
    "version: 1\ndefaults: {severity: warn, min_samples: 10, no_data: skip}",
    RULE % "{threshold: count>0, abortOnFail: true, delayAbortEval: 10s}",
    RULE % "{threshold: count>0, abort_on_fail: false, delay_abort_eval: 1500}",
    RULE % "{threshold: ' count >= 1_000 ', no_data: warn, severity: warn, min_samples: 3}",
]
BAD = [
    "[]",
    "thresholds: {}",
    "version: 2",
    "version: '1'",
    "version: 1\nthreshold: {}",
    "version: 1\nthresholds: [http_reqs]",
    "version: 1\nthresholds: {http_reqs: count>0}",
    "version: 1\nthresholds: {http_reqs: {threshold: count>0}}",
    "version: 1\nthresholds: {'http_reqs{a}': [count>0]}",
    "version: 1\nthresholds: {'http_reqs{a:1': [count>0]}",
    "version: 1\nthresholds: {http-reqs: [count>0]}",
    "version: 1\nendpoints: {GET /health: [count>0]}",
    "version: 1\nendpoints: {'': {http_reqs: [count>0]}}",
    "version: 1\nscenarios: {a2a: {environments: {}}}",
    "version: 1\nenvironments: {dev: {defaults: {}}}",
    "version: 1\nenvironments: {dev: {thresholds: {http_reqs: ['count']}}}",
    "version: 1\ndefaults: {severity: skip}",
    "version: 1\ndefaults: {min_samples: 0}",
    "version: 1\ndefaults: {no_data: }",
    RULE % "p95<500",
    RULE % "'p( 95 )<500'",
    RULE % "count=5",
    RULE % "'count<5 sec'",
    RULE % "{abort_on_fail: true}",
    RULE % "{threshold: count>0, abort_on_fail: 'true'}",
    RULE % "{threshold: count>0, abort_on_fail: 1}",
    RULE % "{threshold: count>0, delay_abort_eval: soon}",
    RULE % "{threshold: count>0, min_samples: 1.5}",
    RULE % "{threshold: count>0, severity: }",
    RULE % "{threshold: count>0, severty: warn}",
    RULE % "5",
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Return the schema, itself checked."""
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def test_example_is_valid_for_both(validator: Draft202012Validator) -> None:
    """The example shows every part of the format."""
    path = HERE / "example.yaml"
    content = yaml.safe_load(path.read_text())
    assert [error.message for error in validator.iter_errors(content)] == []
    assert set(content) == set(DocumentModel.model_fields)
    assert load(path).model.model_fields_set == set(DocumentModel.model_fields)


@pytest.mark.parametrize("text", GOOD)
def test_good_document_is_valid_for_both(validator: Draft202012Validator, text: str) -> None:
    """An editor never marks as wrong what runs."""
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []
    loads(text)


@pytest.mark.parametrize("text", BAD)
def test_bad_document_is_refused_by_both(validator: Draft202012Validator, text: str) -> None:
    """What the loader refuses in a text, an editor shows while it is written."""
    assert not validator.is_valid(yaml.safe_load(text))
    with pytest.raises(ThresholdsError):
        loads(text)


def test_every_key_has_a_description() -> None:
    """That is what an editor shows when the cursor rests on it."""

    def undescribed(node: Any, path: str) -> list[str]:
        if isinstance(node, list):
            return [found for item in node for found in undescribed(item, path)]
        if not isinstance(node, dict):
            return []
        properties = node.get("properties", {})
        bare = [f"{path}/{key}" for key, value in properties.items() if not value.get("description")]
        return bare + [found for key, value in node.items() for found in undescribed(value, f"{path}/{key}")]

    assert undescribed(schema(), "") == []


@pytest.mark.parametrize("model", [DocumentModel, Defaults, ScenarioSection, EnvironmentSection])
def test_schema_names_the_keys_that_the_loader_names(model: type[Any]) -> None:
    """Derived, so it can't lag behind."""
    part = schema() if model is DocumentModel else schema()["$defs"][model.__name__]
    assert set(part["properties"]) == set(model.model_fields)
    assert part["additionalProperties"] is False


def test_schema_of_a_rule_names_both_spellings() -> None:
    """A rule is a text or a mapping; k6's keys are offered too."""
    text, mapping = schema()["$defs"]["RuleEntry"]["anyOf"]
    assert text["type"] == "string"
    assert set(mapping["properties"]) == {*RuleEntry.model_fields, "abortOnFail", "delayAbortEval"}


def test_patterns_are_plain_enough_for_every_editor() -> None:
    """No lookarounds, named groups or possessive quantifiers: they differ between languages."""
    patterns: list[str] = re.findall(r"'pattern': '(.*?)'[,}]", str(schema()))
    assert len(patterns) > 5
    assert [one for one in patterns if re.search(r"\(\?[^:]|\\[AZzpP]|[*+?]\+", one)] == []
