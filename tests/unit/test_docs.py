"""README and guides say what the code does: examples run, tables are complete, links lead somewhere."""

import importlib
import re
import shlex
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from subprocess import CompletedProcess

import pytest

from loadlib.adapters.profiles import GENERIC, PROFILES, total_duration_s
from loadlib.cli.main import COMMANDS
from loadlib.cli.parser import Parser
from loadlib.cli.scenarios import FILES
from loadlib.core.metrics import BUILTIN, Contains, Kind, MetricDef
from loadlib.core.units import format_span
from loadlib.exitcodes import MEANINGS
from loadlib.settings import Settings, load_settings
from loadlib.settings.names import INHERITED, SECRETS
from loadlib.thresholds.errors import ThresholdsError
from loadlib.thresholds.loader import loads
from loadlib.thresholds.rule import RuleSet
from loadlib.thresholds.rules import resolve
from tests.support import TargetServer, run_loadlib
from tests.support.process import BUSY_MACHINE, REPOSITORY

GUIDES = (
    "thresholds",
    "metrics",
    "scenarios",
    "writing-scenarios",
    "http",
    "from-k6",
    "settings",
    "performance",
)
PAGES = {"README.md": REPOSITORY / "README.md"} | {
    f"docs/{name}.md": REPOSITORY / "docs" / f"{name}.md" for name in GUIDES
}
TEXTS = {name: path.read_text() for name, path in PAGES.items()}
README = TEXTS["README.md"]
FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHIPPED = (REPOSITORY / "thresholds.yaml").read_text()
SCENARIOS = tuple(name for name in FILES if name != "mixed")
PLAIN_RULES = "version: 1\nthresholds: {http_req_failed: [rate<1%], iteration_errors: [count<1]}\n"
FOLDERS = ("docs", "loadlib", "locustfiles", "tests", "schemas", "benchmarks", ".ci")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, its place there, what follows the backticks, and the text."""

    page: str
    number: int
    language: str
    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.number}"


BLOCKS = [
    Block(page, number, language, label.strip(), body)
    for page, text in TEXTS.items()
    for number, (language, label, body) in enumerate(FENCE.findall(text), start=1)
]
EXAMPLES = [block for block in BLOCKS if (block.language, block.label) == ("yaml", "thresholds")]
REFUSED = [block for block in BLOCKS if (block.language, block.label) == ("yaml", "refused")]
LOCUSTFILES = [block for block in BLOCKS if (block.language, block.label) == ("python", "locustfile")]


def own_metrics(page: str) -> list[MetricDef]:
    """Return the metrics that the examples of a page declare."""
    found = re.findall(r'MetricDef\("(\w+)", Kind\.(\w+)(?:, Contains\.(\w+))?', TEXTS[page])
    return [MetricDef(name, Kind[kind], Contains[contains or "DEFAULT"]) for name, kind, contains in found]


def rules_of(
    text: str, page: str = "README.md", scenarios: tuple[str, ...] = (*SCENARIOS, "cart")
) -> RuleSet:
    """Return the rules of a thresholds document as a run of everything in staging has them."""
    metrics = {metric.name: metric for metric in (*BUILTIN, *own_metrics(page))}
    scenarios = (*SCENARIOS, "cart")
    return resolve(
        loads(text), metrics=metrics, environment="staging", scenarios=scenarios, run_scenario="mixed"
    )


def rows(page: str, heading: str = "") -> list[list[str]]:
    """Return the cells of every table row of a page, or of one section of it, without heads and rules."""
    text = TEXTS[page]
    if heading:
        section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, f"{page} has no section {heading!r}"
        text = section[1]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {number for number, (_, below) in enumerate(pairwise(lines)) if below.startswith("|---")}
    return [
        [cell.strip() for cell in line.strip("|").split(" |")]
        for number, line in enumerate(lines)
        if number not in heads and not line.startswith("|---")
    ]


def codes(text: str) -> list[str]:
    """Return what stands in single backticks, line breaks as blanks, and every line of an indented block."""
    prose = FENCE.sub("", text)
    inline = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    return inline + re.findall(r"^    (\S.*)$", prose, re.MULTILINE)


def test_every_yaml_and_python_example_is_one_that_is_tested() -> None:
    """No example escapes the tests below by its label."""
    labels = {"yaml": {"thresholds", "refused"}, "python": {"locustfile"}, "text": {""}}
    assert [str(block) for block in BLOCKS if block.label not in labels.get(block.language, set())] == []
    assert {block.page for block in EXAMPLES} >= {"README.md", "docs/thresholds.md", "docs/from-k6.md"}


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_thresholds_example_is_valid_and_applies(block: Block) -> None:
    """Each example loads, fits the metrics, judges something and holds no slip."""
    rules = rules_of(block.text, block.page)
    assert len(rules) > 0
    assert rules.warnings == ()


@pytest.mark.parametrize("block", REFUSED, ids=str)
def test_refused_example_shows_the_real_message(block: Block) -> None:
    """The text block after an invalid example is what the loader says about it."""
    shown = next(
        other for other in BLOCKS if (other.page, other.number) == (block.page, block.number + 1)
    ).text
    with pytest.raises(ThresholdsError) as caught:
        rules_of(block.text)
    assert "\n".join(caught.value.problems) + "\n" == shown


def test_readme_shows_the_real_message_of_a_misspelt_metric() -> None:
    """The README's misspelling, made in the shipped file, gives the README's message."""
    with pytest.raises(ThresholdsError) as caught:
        rules_of(SHIPPED.replace("stream_ttft", "stream_tfft", 1))
    assert f"error: {caught.value.problems[0]}\n" in README


def test_readme_breaks_a_line_of_the_shipped_thresholds() -> None:
    """The impossible limit of the README stands where its output says, and the shown rules are the file's."""
    assert SHIPPED.count('"a2a_duration{operation:run}": ["p(95)<1s"') == 1
    broken = rules_of(SHIPPED.replace('{operation:run}": ["p(95)<1s"', '{operation:run}": ["p(95)<1ms"'))
    place = next(rule.source for rule in broken if rule.expression.source == "p(95)<1ms")
    assert f"    {place}\n" in README
    shipped = [f"{rule.selector.source}: {rule.expression.source}" for rule in rules_of(SHIPPED)]
    shown = re.findall(r"✓ (\S+: \S+)", README)
    assert set(shown) - set(shipped) == set()
    assert f"THRESHOLDS  {len(shipped)} passed" in README


def test_demo_output_shows_every_scenario() -> None:
    """The first success shows all of them."""
    assert set(re.findall(r"^  scenario (\w+)$", README, re.MULTILINE)) == set(SCENARIOS)


@pytest.mark.parametrize(
    ("page", "listed"),
    [
        ("README.md", r"Scenarios: ([^;]*);"),
        ("docs/scenarios.md", r"make (a2a +# or [\w, ]+)"),
        ("docs/scenarios.md", r"(?s)## What they do\n(.*?)\n## "),
    ],
)
def test_lists_of_scenarios_are_complete(page: str, listed: str) -> None:
    found = re.search(listed, TEXTS[page])
    assert found is not None
    text = "\n".join(re.findall(r"^### (\w+)", found[1], re.MULTILINE)) or found[1]
    assert set(re.findall(r"\w+", text)) - {"or"} == set(FILES)


def test_readme_is_short() -> None:
    """A tired engineer reads it to the end."""
    assert len(README.splitlines()) <= 200


def test_exit_code_table_is_complete() -> None:
    """The README gives every exit code, in order, with the meaning that the code has."""
    assert [row[:2] for row in rows("README.md")] == [
        [str(int(code)), text] for code, text in MEANINGS.items()
    ]


def test_metrics_table_is_complete() -> None:
    """docs/metrics.md lists every built-in metric once, with its kind and contents, and no other."""
    listed = [row[:3] for row in rows("docs/metrics.md") if row[1] in set(Kind)]
    assert sorted(listed) == sorted([f"`{one.name}`", one.kind, one.contains] for one in BUILTIN)


def settings_table() -> dict[str, list[str]]:
    """Return default and meaning by setting, as documented; rows of settings begin in lower case."""
    listed = [row for row in rows("docs/settings.md") if len(row) == 3 and row[0].strip("`").islower()]
    table = {row[0].strip("`"): row[1:] for row in listed}
    assert len(table) == len(listed), "a setting is listed twice"
    return table


def test_settings_tables_are_complete() -> None:
    """docs/settings.md lists every setting once, none that is gone, and says which are secrets."""
    table = settings_table()
    assert set(table) == set(Settings.model_fields)
    assert {name for name, (_, text) in table.items() if text.startswith("secret: ")} == SECRETS


@pytest.mark.parametrize("name", Settings.model_fields)
def test_documented_default_is_the_default(name: str) -> None:
    """The default in the table, read as a user would write it, is the one that holds."""
    written = settings_table()[name][0]
    given = {} if written == "none" else {name: written.strip("`")}
    default = getattr(Settings(), name)
    assert getattr(load_settings(given, environ={}), name) == default
    assert (written == "none") == (default is None)


def test_inherited_names_are_listed() -> None:
    """The names of k6 suites, each with its setting."""
    listed = {row[0]: row[1] for row in rows("docs/settings.md") if row[0].strip("`").isupper()}
    assert listed == {f"`{old}`": f"`{name}`" for old, name in INHERITED.items()}


def test_profile_table_is_that_of_the_code() -> None:
    """docs/scenarios.md gives peak and length of every profile of every scenario."""
    listed = {row[0]: row[1:] for row in rows("docs/scenarios.md", "Load profiles") if len(row) == 6}
    assert listed == {
        name: [
            f"{max(stage.users for stage in stages):g} users, {format_span(total_duration_s(stages))}"
            for stages in profiles.values()
        ]
        for name, profiles in {**PROFILES, "any other": GENERIC}.items()
    }
    assert set(FILES) == set(PROFILES)


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_to_files_and_headings(page: str) -> None:
    """A link leads to a file that exists, and its fragment to a heading there."""
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]) if "://" not in link]
    for link in links:
        name, _, fragment = link.partition("#")
        path = PAGES[page].parent / name if name else PAGES[page]
        assert path.is_file(), link
        headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE) if fragment else []
        slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert not fragment or fragment in slugs, link


@pytest.mark.parametrize("page", PAGES)
def test_named_files_exist(page: str) -> None:
    """A file or folder of the repository that is named in backticks is there."""
    named = [code for code in codes(TEXTS[page]) if code.split("/")[0] in FOLDERS and " " not in code]
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_named_make_targets_exist(page: str) -> None:
    """`make something` works."""
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = {
        name for head in re.findall(r"^([a-z0-9 ]+):(?!=)", makefile, re.MULTILINE) for name in head.split()
    }
    named = {match[1] for code in codes(TEXTS[page]) if (match := re.match(r"make ([a-z]+)\b", code))}
    assert named - targets == set()


def test_readme_walks_through_make() -> None:
    """The newcomer's path names its targets and commands; a page without any would pass the tests here."""
    named = set(codes(README))
    assert {"make demo", "make target", "make a2a", "make test", "make setup"} <= named
    assert {".venv/bin/loadlib demo; echo $?", ".venv/bin/loadlib run a2a; echo $?"} <= named


@pytest.mark.parametrize("page", PAGES)
def test_named_commands_and_options_exist(page: str) -> None:
    """Every `loadlib ...` of a page parses: subcommand and options are real."""
    found = [match[1] for code in codes(TEXTS[page]) if (match := re.search(r"\bloadlib ([a-z].*)", code))]
    for line in found:
        name, *words = shlex.split(line.split(";")[0], comments=True)
        assert name in COMMANDS, line
        parser = Parser(f"loadlib {name}", "")
        importlib.import_module(f"loadlib.cli.{name}").add_arguments(parser)
        options = {word for word in words if word.startswith("--")}
        assert options - {"--help"} <= set(parser._option_string_actions), line


class _Page(BaseHTTPRequestHandler):
    """A web site of nothing but pages, for the example of the README."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        body = b"<html>a page</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def pages_url() -> Iterator[str]:
    """Return the URL of a small server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def rules_for(block: Block, scenario: str) -> str:
    """Return the thresholds that the page shows beside a locustfile, or plain ones when it shows none."""
    beside = [other.text for other in EXAMPLES if other.page == block.page]
    fitting = [text for text in beside if f"  {scenario}:\n" in text or block.page == "README.md"]
    return next(iter(fitting), PLAIN_RULES)


@pytest.fixture(scope="module")
def example_runs(
    pages_url: str, target_server: TargetServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[CompletedProcess[str]]]]:
    """Run all locustfiles of the pages, a few at a time as each of them mostly waits."""

    def run(block: Block) -> CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("example")
        scenario = match[1] if (match := re.search(r'scenario = "(\w+)"', block.text)) else "visitor"
        (folder / f"{scenario}.py").write_text(block.text)
        (folder / "thresholds.yaml").write_text(rules_for(block, scenario))
        target = {"LOADLIB_BASE_URL": pages_url} if block.page == "README.md" else target_server.env
        return run_loadlib(
            ["run", f"./{scenario}.py", "--users", "2", "--duration", "2s"],
            env={**BUSY_MACHINE, **target, "LOADLIB_THINK_TIME_FACTOR": "0.1", "LOADLIB_DEPHASE_S": "0"},
            cwd=folder,
        )

    with ThreadPoolExecutor(3) as pool:
        yield {str(block): pool.submit(run, block) for block in LOCUSTFILES}


@pytest.mark.parametrize("block", LOCUSTFILES, ids=str)
def test_locustfile_example_runs_and_passes(
    block: Block, example_runs: Mapping[str, Future[CompletedProcess[str]]]
) -> None:
    """Each example, copied as it stands, is run against a real server and passes its page's thresholds."""
    done = example_runs[str(block)].result()
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^  (GET|POST) \S*/", done.stdout, re.MULTILINE)
    assert "lacks" not in done.stdout
