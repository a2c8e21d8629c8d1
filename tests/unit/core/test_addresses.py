"""Hosts and addresses as people write them: what is read, what is refused, which pattern wins."""

import pytest

from loadlib.core.addresses import AddressPool, HostMap, parse_address, parse_network, parse_pattern


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.com", "example.com", None),
        ("Example.COM:8080", "example.com", 8080),
        ("*.example.com:443", "*.example.com", 443),
        ("*", "*", None),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("[::1]:80", "::1", 80),
        ("::1", "::1", None),
        ("my_service", "my_service", None),
    ],
)
def test_pattern_is_a_host_with_or_without_a_port(text: str, host: str, port: int | None) -> None:
    """Upper case and brackets are spelling only."""
    assert parse_pattern(text) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "exa mple.com",
        "*example.com",
        "a.*.com",
        "example.com:0",
        "example.com:70000",
        "http://a",
        "-a",
        "a..b",
    ],
)
def test_pattern_that_is_no_host_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="host") as caught:
        parse_pattern(text)
    assert repr(text) in str(caught.value)


def test_address_is_not_a_name() -> None:
    """An override leads to an address: a name would have to be resolved again."""
    assert parse_address("10.0.0.1:8443") == ("10.0.0.1", 8443)
    with pytest.raises(ValueError, match="IP address"):
        parse_address("example.com")


def test_network_with_bits_behind_its_prefix_is_refused() -> None:
    assert parse_network("10.0.0.0/8").num_addresses == 2**24
    assert str(parse_network("::1")) == "::1/128"
    with pytest.raises(ValueError, match="host bits set"):
        parse_network("10.0.0.1/8")


def test_most_exact_pattern_wins() -> None:
    """Whatever the order of the entries."""
    entries = [
        ("*", "all"),
        ("*.example.com", "below"),
        ("*.api.example.com", "below api"),
        ("*.example.com:8080", "below, port"),
        ("a.example.com", "name"),
        ("a.example.com:8080", "name, port"),
    ]
    for order in (entries, entries[::-1]):
        found = HostMap(order)
        assert found.find("a.example.com", 8080) == "name, port"
        assert found.find("A.example.com.", 80) == "name"
        assert found.find("b.example.com", 8080) == "below, port"
        assert found.find("b.example.com", 80) == "below"
        assert found.find("x.api.example.com", 80) == "below api"
        assert found.find("example.com", 80) == "all"


def test_wildcard_means_names_below_and_not_the_name_itself() -> None:
    found = HostMap([("*.example.com", 1)])
    assert found.find("deep.a.example.com") == 1
    assert found.find("example.com") is None
    assert found.find("badexample.com") is None
    assert not HostMap()


def test_pool_counts_through_addresses_ranges_and_networks() -> None:
    """A network's own address and its broadcast address are no host's."""
    pool = AddressPool(["127.0.0.9", "127.0.1.1-127.0.1.2", "127.0.2.0/30", "::1"])
    wanted = ["127.0.0.9", "127.0.1.1", "127.0.1.2", "127.0.2.1", "127.0.2.2", "::1"]
    assert [pool.at(index) for index in range(7)] == [*wanted, "127.0.0.9"]
    assert AddressPool(["10.0.0.0/31"]).at(0) == "10.0.0.0"


@pytest.mark.parametrize("text", ["", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "example.com", "10.0.0.0/33"])
def test_pool_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="addresses"):
        AddressPool([text])
