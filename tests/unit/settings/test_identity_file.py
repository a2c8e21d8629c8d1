"""The three formats of the identities file, and the line every problem is reported with."""

from pathlib import Path

import pytest

from loadlib.errors import ConfigurationError
from loadlib.settings.identity_file import IdentityRow, read_identities

ROWS = (IdentityRow("ann", "acme", "t.o.k", "s1"), IdentityRow("bob"))
FORMATS = {
    "list.json": '[\n {"user_id": "ann", "workspace_id": "acme", "token": "t.o.k", "session_token": "s1"},\n'
    ' {"user_id": "bob", "token": null}\n]\n',
    "lines.jsonl": '{"user_id": "ann", "workspace_id": "acme", "token": "t.o.k", "session_token": "s1"}\n\n'
    '{"user_id": "bob"}\n',
    "table.csv": "user_id,workspace_id,token,session_token\nann,acme,t.o.k,s1\nbob,,,\n",
    "excel.csv": "\ufeffuser_id,session_token,token,workspace_id\r\nann,s1,t.o.k,acme\r\nbob,,,\r\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_users(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name], newline="")
    assert read_identities(path) == ROWS


BROKEN = [
    ("list.json", '[\n {"user_id": "ann"},\n {"user": "bob"}\n]', 3, "did you mean 'user_id'?"),
    ("list.json", '[\n {"user_id": "ann"}\n {"user_id": "bob"}\n]', 3, "a comma or ] is missing"),
    ("list.json", '[\n {"user_id": "ann"},\n {"user_id": }\n]', 3, "not JSON"),
    ("list.json", '[{"user_id": "ann"}]\n\nmore', 3, "text after the list"),
    ("list.json", '[\n {"user_id": "ann"}', 2, "a comma or ] is missing"),
    ("list.json", "[]", 1, "no user in the file"),
    ("list.json", '[\n "ann"]', 2, "a user is an object"),
    ("lines.jsonl", '{"user_id": "ann"}\n\n{"user_id": 5}\n', 3, "user_id must be text, not int"),
    ("lines.jsonl", '{"user_id": "ann"}\n{"token": "x"}\n', 2, "user_id is missing"),
    ("lines.jsonl", '{"user_id": "ann"}\n{\n', 2, "not JSON"),
    ("lines.jsonl", "", 1, "no user in the file"),
    ("table.csv", "user_id,token\nann,test-token\n", 2, "the placeholder 'test-token' is refused"),
    ("table.csv", "user_id,token\nann,a\nbob,Bearer b\n", 3, "the token alone"),
    ("table.csv", "user_id\nann\nbob,extra\n", 3, "a column without a name"),
    ("table.csv", "user_id,tokn\nann,x\n", 2, "did you mean 'token'?"),
    ("table.csv", "user_id\n", 1, "no user in the file"),
]


@pytest.mark.parametrize(("name", "text", "line", "message"), BROKEN)
def test_broken_file_is_a_problem_with_file_and_line(
    tmp_path: Path, name: str, text: str, line: int, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_identities(path)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}:{line}: ")
    assert message in problem


def test_every_broken_line_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("user_id,token\n,a\nann,b\n,c\n")
    with pytest.raises(ConfigurationError) as caught:
        read_identities(path)
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["2", "4"]


def test_no_token_of_the_file_shows(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("user_id,token\nann,s3cret value\n")
    with pytest.raises(ConfigurationError) as caught:
        read_identities(path)
    assert "s3cret" not in str(caught.value)
    assert "t.o.k" not in repr(ROWS)
    assert "s1" not in repr(ROWS)


def test_missing_or_binary_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    for name in ("none.csv", "binary.csv"):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_identities(tmp_path / name)
