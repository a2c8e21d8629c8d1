"""The document model, version 1: what may stand where in a thresholds file, each part with its description.

The descriptions are those of the JSON Schema, hence of an editor's help. The model knows neither places in
the file nor the metrics and scenarios of a run.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema

from loadlib.core.verdict import Severity
from loadlib.thresholds.fields import (
    Count,
    ExpressionField,
    Flag,
    NameKey,
    OptionalCount,
    OptionalDurationS,
    OptionalNoData,
    OptionalSeverity,
    SelectorKey,
    SeverityField,
    VersionField,
)


class _Part(BaseModel):
    """A mapping of the file: only the keys it names, read once."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleEntry(_Part):
    """One comparison with what follows from it. Text alone is a comparison with the defaults."""

    k6_spellings: ClassVar[Mapping[str, str]] = {
        "abort_on_fail": "abortOnFail",
        "delay_abort_eval": "delayAbortEval",
    }

    threshold: ExpressionField = Field(
        description="A comparison in k6's grammar plus units: p(95)<500, p(99)<1.5s, rate<1%, count>=1000. "
        "A bare number on a time is milliseconds."
    )
    abort_on_fail: Flag = Field(
        default=False,
        validation_alias=AliasChoices("abort_on_fail", "abortOnFail"),
        description="Stop the whole run as soon as the comparison fails.",
    )
    delay_abort_eval: OptionalDurationS = Field(
        default=None,
        validation_alias=AliasChoices("delay_abort_eval", "delayAbortEval"),
        description="Do not abort before the run is older than this: 10s, 1m30s. A bare number is "
        "milliseconds.",
    )
    severity: OptionalSeverity = Field(
        default=None,
        description="fail: the run fails when the comparison does not hold; warn: it is only reported.",
    )
    min_samples: OptionalCount = Field(
        default=None, description="With fewer samples than this the rule has no data to judge."
    )
    no_data: OptionalNoData = Field(
        default=None,
        description="What no samples, or too few, come to: fail (of the run), warn (a report) or skip. "
        "Left out, a rule that only warns warns here too, any other fails.",
    )

    @model_validator(mode="before")
    @classmethod
    def _text_is_a_comparison(cls, value: object) -> object:
        return {"threshold": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        full = handler.resolve_ref_schema(schema)
        properties = full["properties"]
        for name, spelling in cls.k6_spellings.items():
            properties[spelling] = {**properties[name], "description": f"{name}, as k6 spells it."}
        text = dict(properties["threshold"])
        entry = dict(full)
        full.clear()
        full |= {"description": entry.pop("description"), "anyOf": [text, entry]}
        return schema


RuleMap = dict[SelectorKey, tuple[RuleEntry, ...]]
EndpointMap = dict[NameKey, RuleMap]

_ABOUT_THRESHOLDS = (
    "k6's map: a metric, or a metric with tags such as http_req_duration{endpoint:GET /health}, and the list "
    "of comparisons it is judged by. An empty list judges nothing."
)
_ABOUT_ENDPOINTS = (
    "Comparisons of one endpoint: its name, then metrics as under thresholds. A name with * is judged once "
    "for every recorded endpoint that matches; if none does, there is no data."
)


class Defaults(_Part):
    """What a rule that says nothing else goes by."""

    severity: SeverityField = Field(default=Severity.FAIL, description="fail or warn.")
    min_samples: Count = Field(default=1, description="The least number of samples a rule is judged on.")
    no_data: OptionalNoData = Field(
        default=None,
        description="fail, warn or skip; left out, rules that only warn warn here too, others fail.",
    )


class Section(_Part):
    """Rules for the whole run and for single endpoints."""

    thresholds: RuleMap = Field(default_factory=dict, description=_ABOUT_THRESHOLDS)
    endpoints: EndpointMap = Field(default_factory=dict, description=_ABOUT_ENDPOINTS)


class ScenarioSection(Section):
    """Rules of one scenario: they apply when it is part of the run, to its own samples only."""


class EnvironmentSection(Section):
    """Rules of one environment: each replaces the rules of the same selector outside, or is added."""

    scenarios: dict[NameKey, ScenarioSection] = Field(
        default_factory=dict, description="Rules of single scenarios in this environment."
    )


class DocumentModel(_Part):
    """Thresholds of load tests: what a run is judged by."""

    version: VersionField = Field(description="The version of this format.")
    defaults: Defaults = Field(
        default_factory=Defaults, description="What a rule goes by that says nothing else."
    )
    thresholds: RuleMap = Field(default_factory=dict, description=_ABOUT_THRESHOLDS)
    endpoints: EndpointMap = Field(default_factory=dict, description=_ABOUT_ENDPOINTS)
    scenarios: dict[NameKey, ScenarioSection] = Field(
        default_factory=dict,
        description="Rules of single scenarios. A section named like the run itself, and like no scenario of "
        "it, applies to the whole run.",
    )
    environments: dict[NameKey, EnvironmentSection] = Field(
        default_factory=dict, description="Rules that apply in one environment only."
    )


def fields_at(path: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the keys that are allowed in the mapping at ``path``, k6's spellings included."""
    if path and isinstance(path[-1], int):
        return (*RuleEntry.model_fields, *RuleEntry.k6_spellings.values())
    return tuple(_model_at(path).model_fields)


def _model_at(path: tuple[Any, ...]) -> type[BaseModel]:
    match path:
        case ("defaults",):
            return Defaults
        case ("environments", _):
            return EnvironmentSection
        case ("scenarios", _) | ("environments", _, "scenarios", _):
            return ScenarioSection
        case _:
            return DocumentModel
