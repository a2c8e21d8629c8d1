"""The small languages of the command line: durations, distributions, and rules for routes and streams.

Nothing is drawn or decided here: ``behaviour`` does that with the rules parsed here.

    RULE     := PATTERN "=" ACTION
    PATTERN  := [SERVICE] [METHOD] GLOB          "agentos POST /a2a/*", "GET /health", "*"
    LATENCY  := PATTERN "=" DISTRIBUTION         "GET /health=lognormal:5ms:0.4"
    ERROR    := PATTERN "=" RATIO ":" OUTCOME    "POST /a2a/*=0.02:500", OUTCOME a status, "cut" or "hang"
    FAULT    := KIND|PATTERN "=" MODE ":" RATIO  "agui=truncate:0.1"
"""

import fnmatch
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from loadlib.errors import ConfigurationError

SERVICES: Final = ("agentos", "web", "api", "ccr")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
STREAM_KINDS: Final = ("a2a", "agui", "team")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m)")
_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def parse_duration_s(text: str) -> float:
    """Return seconds for ``"5ms"``, ``"0.2s"``, ``"20us"``, ``"1m"``; a bare number is refused."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(f"not a duration: {text!r}; write a number with us, ms, s or m, such as 5ms")
    return float(match[1]) * _UNITS[match[2]]


def parse_ratio(text: str) -> float:
    """Return a ratio in 0..1."""
    try:
        ratio = float(text)
    except ValueError:
        ratio = math.nan
    if not 0.0 <= ratio <= 1.0:
        raise ConfigurationError(f"not a ratio: {text!r}; write a number from 0 to 1")
    return ratio


@dataclass(frozen=True, slots=True)
class RoutePattern:
    """Chooses routes by service, method and a glob over template or path; an absent part means any."""

    text: str
    service: str
    method: str
    glob: str

    def matches(self, service: str, method: str, template: str, path: str) -> bool:
        """Tell whether a request of ``service`` is meant; ``template`` and ``path`` are both tried."""
        if self.service not in ("*", service) or self.method not in ("*", method):
            return False
        return fnmatch.fnmatchcase(template, self.glob) or fnmatch.fnmatchcase(path, self.glob)


def parse_pattern(text: str) -> RoutePattern:
    """Parse ``[SERVICE] [METHOD] GLOB``."""
    words = text.split()
    service = words.pop(0) if len(words) > 1 and words[0] in SERVICES else "*"
    method = words.pop(0) if len(words) > 1 and words[0] in METHODS else "*"
    if len(words) != 1 or words[0][0] not in "/*":
        raise ConfigurationError(
            f"not a route pattern: {text!r}; write [{'|'.join(SERVICES)}] [{'|'.join(METHODS)}] /path/glob"
        )
    return RoutePattern(text, service, method, words[0])


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of latencies: ``kind`` and its parameters, durations in seconds."""

    text: str
    kind: str
    parameters: tuple[float, ...]

    def sample_s(self, rng: random.Random) -> float:
        """Draw one latency in seconds."""
        return _SAMPLERS[self.kind](rng, *self.parameters)


def _bimodal(rng: random.Random, fast_s: float, slow_s: float, slow_ratio: float) -> float:
    return slow_s if rng.random() < slow_ratio else fast_s


_SAMPLERS: Final[dict[str, Callable[..., float]]] = {
    "constant": lambda _rng, value_s: value_s,
    "uniform": lambda rng, low_s, high_s: rng.uniform(low_s, high_s),
    "lognormal": lambda rng, median_s, sigma: median_s * math.exp(rng.gauss(0.0, sigma)),
    "exponential": lambda rng, mean_s: rng.expovariate(1.0 / mean_s) if mean_s else 0.0,
    "bimodal": _bimodal,
}
_PARAMETERS: Final[dict[str, tuple[Callable[[str], float], ...]]] = {
    "constant": (parse_duration_s,),
    "uniform": (parse_duration_s, parse_duration_s),
    "lognormal": (parse_duration_s, float),
    "exponential": (parse_duration_s,),
    "bimodal": (parse_duration_s, parse_duration_s, parse_ratio),
}
_SHAPES: Final = "constant:20ms, uniform:1ms:9ms, lognormal:5ms:0.4, exponential:5ms, bimodal:5ms:200ms:0.05"


def parse_distribution(text: str) -> Distribution:
    """Parse ``"lognormal:5ms:0.4"`` (median, sigma of the logarithm) and its siblings."""
    kind, *rest = text.strip().split(":")
    parsers = _PARAMETERS.get(kind)
    if parsers is None or len(parsers) != len(rest):
        raise ConfigurationError(f"not a latency distribution: {text!r}; allowed are {_SHAPES}")
    try:
        parameters = tuple(parse(value) for parse, value in zip(parsers, rest, strict=True))
    except ValueError:
        raise ConfigurationError(f"not a latency distribution: {text!r}; allowed are {_SHAPES}") from None
    return Distribution(text, kind, parameters)


@dataclass(frozen=True, slots=True)
class LatencyRule:
    """Requests that match wait for a draw of ``distribution`` before they are answered."""

    pattern: RoutePattern
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """A share of the matching requests ends in ``outcome``: a status, a cut connection, no answer."""

    pattern: RoutePattern
    ratio: float
    outcome: int | Literal["cut", "hang"]


@dataclass(frozen=True, slots=True)
class StreamFaultRule:
    """A share of the streams of a kind, or of the matching routes, behaves as ``mode`` says."""

    kind: str
    pattern: RoutePattern | None
    mode: str
    ratio: float


def _halves(text: str, example: str) -> tuple[str, str]:
    left, separator, right = text.partition("=")
    if not separator or not left.strip() or not right.strip():
        raise ConfigurationError(f"not a rule: {text!r}; write for example {example}")
    return left.strip(), right.strip()


def parse_latency_rule(text: str) -> LatencyRule:
    """Parse ``"GET /health=constant:20ms"``."""
    pattern, distribution = _halves(text, '"GET /health=constant:20ms"')
    return LatencyRule(parse_pattern(pattern), parse_distribution(distribution))


def _outcome(text: str) -> int | Literal["cut", "hang"]:
    if text == "cut":
        return "cut"
    if text == "hang":
        return "hang"
    if re.fullmatch(r"[2-5]\d\d", text):
        return int(text)
    raise ConfigurationError(f"not an outcome: {text!r}; allowed are a status from 200 to 599, cut and hang")


def parse_error_rule(text: str) -> ErrorRule:
    """Parse ``"POST /a2a/*=0.02:500"``."""
    example = '"POST /a2a/*=0.02:500"'
    pattern, action = _halves(text, example)
    ratio, separator, outcome = action.partition(":")
    if not separator:
        raise ConfigurationError(f"not an error rule: {text!r}; write for example {example}")
    return ErrorRule(parse_pattern(pattern), parse_ratio(ratio), _outcome(outcome))


def parse_stream_fault_rule(text: str) -> StreamFaultRule:
    """Parse ``"agui=truncate:0.1"`` or ``"POST /agents/*=error:0.1"``; modes are checked at play."""
    example = '"agui=truncate:0.1"'
    where, action = _halves(text, example)
    mode, separator, ratio = action.rpartition(":")
    if not separator or not mode:
        raise ConfigurationError(f"not a stream fault: {text!r}; write for example {example}")
    if where in STREAM_KINDS:
        return StreamFaultRule(where, None, mode, parse_ratio(ratio))
    if where[0] not in "/*" and " " not in where:
        raise ConfigurationError(
            f"not a stream kind: {where!r}; allowed are {', '.join(STREAM_KINDS)} or a route"
        )
    return StreamFaultRule("", parse_pattern(where), mode, parse_ratio(ratio))


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """How an agent's simulated model answers: time to the first token, gaps, and share of failures."""

    ttft_s: float = 0.05
    gap_s: float = 0.01
    chunks: int = 12
    error_ratio: float = 0.0
    jitter_ratio: float = 0.0


_MODEL_FIELDS: Final[dict[str, tuple[str, Callable[[str], float]]]] = {
    "ttft": ("ttft_s", parse_duration_s),
    "gap": ("gap_s", parse_duration_s),
    "chunks": ("chunks", int),
    "error": ("error_ratio", parse_ratio),
    "jitter": ("jitter_ratio", parse_ratio),
}


def parse_model(text: str) -> tuple[str, ModelSpec]:
    """Parse ``"navi=ttft:50ms,gap:10ms,chunks:12,error:0.02,jitter:0.2"``; ``*`` names every other agent."""
    agent, settings = _halves(text, '"navi=ttft:50ms,gap:10ms,chunks:12,error:0.02"')
    values: dict[str, float] = {}
    for item in settings.split(","):
        name, _, value = item.strip().partition(":")
        if name not in _MODEL_FIELDS:
            raise ConfigurationError(f"not a model setting: {item!r}; allowed are {', '.join(_MODEL_FIELDS)}")
        field, parse = _MODEL_FIELDS[name]
        try:
            values[field] = parse(value)
        except ValueError:
            raise ConfigurationError(f"not a value of {name}: {value!r}") from None
    return agent, ModelSpec(**values)  # type: ignore[arg-type]
