"""What a run leaves: its folder, its summary, its progress; and where secrets must not appear."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.integration.bench import LENIENT, LOCUSTFILES, PATIENCE_S, Bench, Ended, Together, children_of
from tests.support import clean_environment, wait_until

SECRETS = {
    "LOADLIB_AUTH_TOKEN": "token-s3cret-4f1d",
    "LOADLIB_SESSION_TOKEN": "session-s3cret-4f1d",
    "LOADLIB_JWT_SECRET": "jwt-s3cret-4f1d-0123456789-0123456789",
    "LOADLIB_SESSION_SECRET": "signing-s3cret-4f1d",
    "LOADLIB_CCR_API_KEY": "ccr-s3cret-4f1d",
}
MARK = "s3cret"
SHORT = "--users 2 --duration 2s"


def plain(runs: Bench, **env: str) -> Ended:
    return runs.ended(runs.loadlib("plain.py", SHORT, env))


def with_a_file_for_a_directory(runs: Bench) -> Ended:
    runs.write("taken", "not a directory")
    return runs.ended(runs.loadlib("plain.py", f"{SHORT} --results-dir taken"))


def two_at_once(runs: Bench) -> Ended:
    """Two runs of the same scenario that start in the same second, as far as a machine can do that."""
    first, second = runs.loadlib("plain.py", SHORT), runs.loadlib("plain.py", SHORT)
    assert runs.ended(first).code == 0
    return runs.ended(second)


def with_secrets(runs: Bench) -> Ended:
    """Look at the command lines of all processes, again and again while they run."""
    options = "--users 4 --duration 4s --processes 2 --environment staging"
    process = runs.loadlib("plain.py", options, {**SECRETS, "TEST_TELL": "1"})
    seen: set[str] = set()

    def all_users_run() -> bool:
        for pid in (process.pid, *(child.pid for child in children_of(process.pid))):
            seen.update(arguments_of(pid))
        return runs.begun_users() == 4

    wait_until(all_users_run, PATIENCE_S, "all users run")
    ended = runs.ended(process)
    runs.write("arguments", "\n".join(seen))
    return ended


def arguments_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def with_a_password_in_the_host(runs: Bench) -> Ended:
    host = runs.env["LOADLIB_BASE_URL"].replace("://", f"://ann:{MARK}@")
    return runs.ended(runs.locust("elsewhere.py", "--headless -u 4 -r 50 -t 2s", {"TEST_HOST": host}))


CASES = {
    "plain": plain,
    "a password in the host": with_a_password_in_the_host,
    "a file for a directory": with_a_file_for_a_directory,
    "two at once": two_at_once,
    "secrets": with_secrets,
}


def test_summary_is_saved_as_it_was_printed_but_for_the_names_of_the_files(together: Together) -> None:
    ended = together["plain"]
    folder = together.bench("plain").folder
    (saved,) = (folder / "results").glob("*/summary.txt")
    printed, _, files = ended.stdout.partition("\nFILES\n")
    assert saved.read_text() == printed
    assert files.split() == [
        str(Path("results", saved.parent.name, name)) for name in ("result.json", "summary.txt")
    ]


def test_results_directory_holds_finished_folders_only(together: Together) -> None:
    folder = together["plain"] and together.bench("plain").folder / "results"
    (made,) = folder.iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}Z-plain", made.name)
    assert sorted(path.name for path in made.iterdir()) == ["result.json", "summary.txt"]


def test_disk_that_refuses_costs_a_warning_and_the_verdict_stands(together: Together) -> None:
    ended = together["a file for a directory"]
    assert ended.code == 0
    assert ended.stdout.startswith("PASS  ")
    assert "the result could not be written to taken" in ended.stderr
    assert ended.results == []


def test_runs_at_the_same_time_have_a_folder_each(together: Together) -> None:
    ended = together["two at once"]
    assert ended.code == 0
    assert len({result.run.id for result in ended.results}) == 2


def test_no_secret_is_in_arguments_results_or_output(together: Together) -> None:
    ended = together["secrets"]
    assert ended.code == 0, ended.stderr
    folder = together.bench("secrets").folder
    written = [
        path.read_text() for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".txt")
    ]
    assert len(written) == 2
    arguments = (folder / "arguments").read_text()
    assert "staging" in "".join(written)
    assert "--processes" in arguments
    assert not [text for text in (*written, arguments, ended.stdout, ended.stderr) if MARK in text]


def test_password_of_a_host_is_in_no_result_or_output(together: Together) -> None:
    """The failures of a client, and what users raise, tell their URLs."""
    ended = together["a password in the host"]
    assert ended.code == 0, ended.stderr
    written = [
        path.read_text()
        for path in together.bench("a password in the host").folder.rglob("*.*")
        if path.is_file()
    ]
    assert len(written) == 3
    assert {group.kind for group in ended.result.failures} == {"not_found", "exception"}
    assert "/none: code=404" in ended.stdout
    assert not [text for text in (*written, ended.stdout, ended.stderr) if MARK in text or "ann:" in text]


def test_terminal_shows_a_bar_and_colours_and_a_file_does_not(runs: Bench, together: Together) -> None:
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "loadlib", "run", str(LOCUSTFILES / "plain.py"), *SHORT.split()],
        env=clean_environment({**LENIENT, **runs.env, "TERM": "xterm"}),
        cwd=runs.folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = "".join(chunks_of(control))
    assert process.wait(30) == 0
    assert re.search(r"\r\x1b\[2Kplain \[=*>? *\] 00:01/00:02  2 users  ", shown)
    assert "\x1b[" in shown.partition("PASS")[2]
    assert "\x1b" not in together["plain"].stdout + together["plain"].stderr


def chunks_of(control: int) -> Iterator[str]:
    """Yield what a terminal shows until its program has ended."""
    while True:
        try:
            chunk = os.read(control, 4096)
        except OSError:
            return
        if not chunk:
            return
        yield chunk.decode(errors="replace")
