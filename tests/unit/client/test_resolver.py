"""Names: cached for as long as the client says, asked once for many users, in the order it chose."""

import socket
from collections import Counter
from math import inf
from time import perf_counter

import gevent
import pytest

import loadlib.client.resolver as resolver_module
from loadlib.client import TransportError
from loadlib.client.dial_limit import DialLimit
from loadlib.client.resolver import Address, Policy, Resolver, Wish, by_policy, shared_resolver
from loadlib.core.units import SECONDS_PER
from tests.unit.client.name_server import name_server
from tests.unit.client.support import OK, answering, client_of, serving

TWO = ["127.0.0.1", "127.0.0.2"]


def limit(seconds: float = 20.0) -> DialLimit:
    return DialLimit(seconds, perf_counter() + 60)


def hosts(resolver: Resolver, name: str, wish: Wish) -> list[str]:
    return [address.host for address in resolver.resolve(name, 80, wish, limit())]


class Clock:
    """A clock that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_users_reach_a_name_by_one_question_while_its_answer_is_good() -> None:
    """Twenty clients with connections of their own, and one look-up; a client without a ttl asks again."""
    with name_server(one_example_com=["127.0.0.1"]) as names, serving(answering(OK)) as server:
        url = f"http://one.example.com:{server.port}"
        for _ in range(20):
            with client_of(url, dns_ttl_s=300.0) as (client, records):
                assert client.get("/").ok
                assert records.only.connecting_s > 0
        assert server.connections == 20
        assert names.asked == ["one.example.com"]
        with client_of(url) as (client, _):
            assert client.get("/").ok
        assert names.asked == ["one.example.com"] * 2
        assert server.requests[0].headers["host"] == f"one.example.com:{server.port}"


def test_users_that_ask_at_once_wait_for_one_question() -> None:
    """A ramp does not become a flood at the name server, and nobody else waits for the answer."""
    with name_server(slow_example_com=TWO) as names:
        names.delay_s = 0.3
        resolver, ticks = Resolver(), []
        ticker = gevent.spawn(lambda: [ticks.append(gevent.sleep(0.01)) for _ in range(10_000)])
        users = [gevent.spawn(hosts, resolver, "slow.example.com", Wish(ttl_s=inf)) for _ in range(50)]
        gevent.joinall(users, timeout=20)
        ticker.kill()
        assert [user.value for user in users] == [TWO] * 50
        assert names.asked == ["slow.example.com"]
        assert len(ticks) >= 5


@pytest.mark.parametrize(
    ("ttl_s", "age_s", "questions"),
    [(0.0, 0.0, 2), (300.0, 299.0, 1), (300.0, 300.0, 2), (inf, SECONDS_PER["d"], 1)],
)
def test_answer_is_used_again_until_it_is_as_old_as_the_ttl(
    ttl_s: float, age_s: float, questions: int
) -> None:
    with name_server(a_example_com=TWO) as names:
        clock = Clock()
        resolver = Resolver(clock)
        hosts(resolver, "a.example.com", Wish(ttl_s))
        clock.now_s = age_s
        hosts(resolver, "a.example.com", Wish(ttl_s))
        assert len(names.asked) == questions


def test_failure_is_not_kept() -> None:
    """A name that appears during the run is found by the next connection."""
    with name_server() as names:
        resolver = Resolver()
        with pytest.raises(TransportError, match="dns"):
            hosts(resolver, "late.example.com", Wish(inf))
        names.addresses["late.example.com"] = ["127.0.0.1"]
        assert hosts(resolver, "late.example.com", Wish(inf)) == ["127.0.0.1"]


def test_every_user_of_a_failed_question_fails_on_its_own() -> None:
    """With errors that do not share a traceback."""
    with name_server():
        resolver = Resolver()
        users = [gevent.spawn(_error, resolver) for _ in range(3)]
        gevent.joinall(users, timeout=20)
        assert {user.value.kind for user in users} == {"dns"}
        assert len({id(user.value) for user in users}) == 3


def _error(resolver: Resolver) -> TransportError:
    with pytest.raises(TransportError) as caught:
        hosts(resolver, "no.example.com", Wish(inf))
    return caught.value


@pytest.mark.parametrize("ttl_s", [0.0, inf])
def test_slow_answer_is_a_timeout_of_the_dial(ttl_s: float) -> None:
    with name_server(a_example_com=TWO) as names:
        names.delay_s = 1.0
        with pytest.raises(TransportError) as caught:
            Resolver().resolve("a.example.com", 80, Wish(ttl_s), limit(0.05))
        assert caught.value.kind == "connect_timeout"


def test_user_stopped_while_waiting_leaves_the_question_to_the_others() -> None:
    """The one who asked first may be killed; the answer is for all."""
    with name_server(a_example_com=TWO) as names:
        names.delay_s = 0.2
        resolver = Resolver()
        first, second = (gevent.spawn(hosts, resolver, "a.example.com", Wish(inf)) for _ in range(2))
        gevent.sleep(0.05)
        first.kill()
        assert second.get(timeout=20) == TWO
        assert len(names.asked) == 1


def test_round_robin_gives_every_address_its_turn() -> None:
    """The others follow, for a connection that the first refuses."""
    three = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    with name_server(a_example_com=three):
        resolver, wish = Resolver(), Wish(inf, "roundRobin")
        seen = [hosts(resolver, "a.example.com", wish) for _ in range(4)]
        assert [one[0] for one in seen] == [*three, three[0]]
        assert seen[1] == [three[1], three[2], three[0]]


@pytest.mark.parametrize(
    ("policy", "first"),
    [("preferIPv4", "4"), ("onlyIPv4", "4"), ("preferIPv6", "6"), ("onlyIPv6", "6"), ("any", "")],
)
@pytest.mark.parametrize("given", ["4a 4b 6a 6b 6c", "6a 4a 6b 4b 6c"])
def test_round_robin_is_fair_within_the_family_that_comes_first(
    given: str, policy: Policy, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many addresses of the other family lie between; those follow in turns of their own."""
    families = {"4": socket.AF_INET, "6": socket.AF_INET6}
    found = [Address(families[name[0]], (name, 0)) for name in given.split()]
    monkeypatch.setattr(resolver_module, "_look_up", lambda _host: found)
    resolver, wish = Resolver(), Wish(inf, "roundRobin", policy)
    seen = [hosts(resolver, "a.example.com", wish) for _ in range(60)]
    chosen = [name for name in given.split() if name.startswith(first)]
    assert [one[0] for one in seen] == chosen * (60 // len(chosen))
    if policy.startswith("prefer"):
        assert {len(one) for one in seen} == {5}
        others = Counter(one[len(chosen)] for one in seen)
        assert len(set(others.values())) == 1, "the other family takes turns as well"


def test_random_spreads_and_repeats_with_its_seed() -> None:
    with name_server(a_example_com=TWO):
        wish = Wish(inf, "random", seed=7)
        resolver = Resolver()
        first = [hosts(resolver, "a.example.com", wish)[0] for _ in range(200)]
        again = Resolver()
        assert [hosts(again, "a.example.com", wish)[0] for _ in range(200)] == first
        assert min(Counter(first).values()) > 60


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("any", ["6a", "4a", "6b", "4b"]),
        ("preferIPv4", ["4a", "4b", "6a", "6b"]),
        ("preferIPv6", ["6a", "6b", "4a", "4b"]),
        ("onlyIPv4", ["4a", "4b"]),
        ("onlyIPv6", ["6a", "6b"]),
    ],
)
def test_policy_orders_families(policy: Policy, wanted: list[str]) -> None:
    families = {"4": socket.AF_INET, "6": socket.AF_INET6}
    given = [Address(families[name[0]], (name, 0)) for name in ("6a", "4a", "6b", "4b")]
    assert [one.host for one in by_policy(given, policy)] == wanted


def test_policy_that_allows_no_address_is_dns() -> None:
    """The message says which policy it was."""
    with (
        name_server(a_example_com=TWO),
        client_of("http://a.example.com:1", dns_policy="onlyIPv6") as (
            client,
            records,
        ),
    ):
        assert client.get("/").error_kind == "dns"
        assert "onlyIPv6" in records.only.error


def test_address_is_never_looked_up() -> None:
    with name_server() as names:
        (found,) = Resolver().resolve("::1", 8080, Wish(inf, "random"), limit())
        assert found == (socket.AF_INET6, ("::1", 8080))
        assert names.asked == []


def test_users_of_a_process_share_one_resolver() -> None:
    assert shared_resolver() is shared_resolver()
