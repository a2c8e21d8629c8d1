"""Which credential each user gets, what is inside it, and that none shows."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest

from loadlib.adapters.identities import Identity, IdentityPool
from loadlib.errors import ConfigurationError
from loadlib.settings import load_settings
from loadlib.target import credentials

SECRET = "a-secret-for-tests-0123456789-0123456789"


@dataclass
class FakeClock:
    """Epoch seconds that a test moves."""

    now_s: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def pool(tmp_path: Path, clock: FakeClock | None = None, /, **overrides: object) -> IdentityPool:
    """Return the pool of these settings."""
    settings = load_settings(overrides, environ={}, cwd=tmp_path)
    return IdentityPool.from_settings(settings, clock=clock or FakeClock())


def claims(identity: Identity) -> dict[str, Any]:
    """Return the verified claims of an identity's bearer token, whatever their time."""
    header = identity.authorization()
    assert header is not None
    scheme, token = header.split(" ")
    assert scheme == "Bearer"
    options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    decoded: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options=options)  # type: ignore[arg-type]
    return decoded


def test_without_credentials_users_are_anonymous(tmp_path: Path) -> None:
    identity = pool(tmp_path).identity(42)
    assert identity.user_id == "load-user-00042"
    assert (identity.workspace_id, identity.authorization(), identity.session_token()) == (None, None, None)


def test_one_token_serves_all_users_and_no_workspace_is_made_up(tmp_path: Path) -> None:
    users = pool(tmp_path, auth_token="a.b.c", session_token="sess")
    for index in (0, 1, 99):
        identity = users.identity(index)
        assert identity.authorization() == "Bearer a.b.c"
        assert identity.session_token() == "sess"
        assert identity.workspace_id is None


def test_signed_token_holds_the_claims_of_its_user_and_no_others(tmp_path: Path) -> None:
    clock = FakeClock()
    found = claims(pool(tmp_path, clock, jwt_secret=SECRET, jwt_ttl_s=600).identity(42))
    assert found == {
        "sub": "load-user-00042",
        "workspaceId": "load-workspace-02",
        "sessionId": "session-load-user-00042",
        "email": "load-user-00042@example.com",
        "name": "load-user-00042",
        "iat": int(clock.now_s),
        "exp": int(clock.now_s) + 600,
    }


def test_issuer_and_audience_are_claimed_only_when_set(tmp_path: Path) -> None:
    found = claims(pool(tmp_path, jwt_secret=SECRET, jwt_issuer="iss", jwt_audience="aud").identity(0))
    assert (found["iss"], found["aud"]) == ("iss", "aud")


def test_twenty_users_share_a_workspace_unless_one_is_set(tmp_path: Path) -> None:
    users = pool(tmp_path, jwt_secret=SECRET)
    sizes = Counter(users.identity(index).workspace_id for index in range(60))
    assert sizes == {"load-workspace-00": 20, "load-workspace-01": 20, "load-workspace-02": 20}
    fixed = pool(tmp_path, jwt_secret=SECRET, workspace_id="acme")
    assert {claims(fixed.identity(index))["workspaceId"] for index in range(60)} == {"acme"}


def test_token_is_kept_until_a_minute_before_its_end_then_signed_anew(tmp_path: Path) -> None:
    clock = FakeClock()
    identity = pool(tmp_path, clock, jwt_secret=SECRET, jwt_ttl_s=3600).identity(0)
    first, start_s = identity.authorization(), clock.now_s
    clock.now_s = start_s + 3539
    assert identity.authorization() == first
    clock.now_s = start_s + 3541
    assert identity.authorization() != first
    assert claims(identity)["exp"] == int(start_s + 3541 + 3600)


@pytest.mark.parametrize("ttl_s", [10, 60, 3600])
def test_token_in_use_never_expires(tmp_path: Path, ttl_s: int) -> None:
    clock = FakeClock(1_800_000_000.7)
    identity = pool(tmp_path, clock, jwt_secret=SECRET, jwt_ttl_s=ttl_s).identity(0)
    for _ in range(200):
        clock.now_s += ttl_s / 17
        assert claims(identity)["exp"] > clock.now_s


def test_same_user_number_is_the_same_user_in_every_pool(tmp_path: Path) -> None:
    one, other = (pool(tmp_path, jwt_secret=SECRET, session_secret=SECRET).identity(7) for _ in range(2))
    assert one.authorization() == other.authorization()
    assert one.session_token() == other.session_token()


FILE = "user_id,workspace_id,token,session_token\nann,acme,a.n.n,s-ann\nbob,,,\n"


def test_file_of_users_is_dealt_out_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text(FILE)
    users = pool(tmp_path, identities_file="users.csv")
    assert [users.identity(index).user_id for index in range(4)] == ["ann", "bob", "ann", "bob"]
    ann, bob = users.identity(2), users.identity(3)
    assert (ann.workspace_id, ann.authorization(), ann.session_token()) == ("acme", "Bearer a.n.n", "s-ann")
    assert (bob.workspace_id, bob.authorization(), bob.session_token()) == (None, None, None)


def test_gaps_of_the_file_are_filled_from_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text(FILE)
    users = pool(tmp_path, identities_file="users.csv", jwt_secret=SECRET, session_token="shared")
    ann, bob = users.identity(0), users.identity(3)
    assert (ann.authorization(), ann.session_token()) == ("Bearer a.n.n", "s-ann")
    assert (claims(bob)["sub"], bob.session_token()) == ("bob", "shared")
    assert bob.workspace_id == users.identity(1).workspace_id == "load-workspace-00"


def test_token_for_all_goes_before_signing(tmp_path: Path) -> None:
    users = pool(tmp_path, auth_token="a.b.c", jwt_secret=SECRET)
    assert users.identity(0).authorization() == "Bearer a.b.c"
    assert users.describe() == {"agentos": "one token for all users", "session": "anonymous"}


def test_broken_file_names_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text("user_id,token\nann,test-token\n")
    with pytest.raises(ConfigurationError, match=r"users\.csv:2: token must be a real token"):
        pool(tmp_path, identities_file="users.csv")


def test_reference_platform_accepts_both_signed_credentials(tmp_path: Path) -> None:
    """The two sides share no code, so this is where they are held to one format."""
    settings = load_settings({"jwt_secret": SECRET, "session_secret": SECRET}, environ={}, cwd=tmp_path)
    identity = IdentityPool.from_settings(settings).identity(21)
    tenant = credentials.verify_bearer(identity.authorization(), SECRET)
    assert (tenant.user, tenant.workspace) == ("load-user-00021", "load-workspace-01")
    session = identity.session_token()
    assert session is not None
    assert credentials.verify_session_token(SECRET, session) == ("load-user-00021", "load-workspace-01")
    assert session == credentials.make_session_token(SECRET, "load-user-00021", "load-workspace-01")
    assert credentials.verify_session_token("another secret", session) is None


def test_name_the_reference_platform_cannot_read_is_a_problem(tmp_path: Path) -> None:
    users = pool(tmp_path, session_secret=SECRET, workspace_id="acme.eu")
    with pytest.raises(ConfigurationError, match=r"'acme\.eu' cannot stand in a session"):
        users.identity(0)


def test_no_credential_shows_in_a_representation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text(FILE)
    users = pool(
        tmp_path, identities_file="users.csv", jwt_secret=SECRET, session_secret=SECRET, auth_token="t.o.k"
    )
    identity = users.identity(0)
    bearer = pool(tmp_path, jwt_secret=SECRET).identity(0)
    for text in (repr(users), str(users), repr(identity), repr(bearer), repr(users.signer)):
        for secret in (SECRET, "a.n.n", "s-ann", "t.o.k"):
            assert secret not in text


def test_only_an_identity_without_a_bearer_is_anonymous() -> None:
    """Its client then asks nobody for a credential before each request."""
    assert IdentityPool().identity(0).is_anonymous
    assert not IdentityPool(shared_bearer="header.payload.signature").identity(0).is_anonymous
    assert not IdentityPool.of_reference_platform().identity(0).is_anonymous
