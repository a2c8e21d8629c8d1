"""The settings of a run as the options of its HTTP clients: those of the users and those of the preflight.

The one place where the proxies and the key log of the environment are read.
"""

import os
from collections.abc import Mapping
from typing import Final

from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)

from loadlib.client.options import CONNECTIONS_PER_HOST, ClientOptions, own_user_agent
from loadlib.client.proxies import environment_proxies
from loadlib.client.tls import ClientCert
from loadlib.client.version import OFFERED
from loadlib.core.addresses import AddressPool
from loadlib.settings import Settings
from loadlib.settings.network_kinds import certificates

CONTROL_FLOW: Final = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser, StopTest)
"""What Locust steers users with; a request whose block it leaves is no failure."""

KEY_LOG: Final = "SSLKEYLOGFILE"


def client_options(
    settings: Settings, *, user: int = 0, workers: int = 1, environ: Mapping[str, str] = os.environ
) -> ClientOptions:
    """Return the options of a user's clients, checked.

    Args:
        settings: of the run.
        user: the user's number, which chooses its address among ``local_ips``.
        workers: processes that share the run's ``rps``.
        environ: names proxies and the key log.

    Raises:
        ConfigurationError: a certificate or proxy cannot be used, with the setting's name.
    """
    local_ips = settings.local_ips
    options = ClientOptions(
        connect_timeout_s=settings.connect_timeout_s,
        timeout_s=settings.timeout_s,
        stream_timeout_s=settings.stream_timeout_s,
        stream_idle_timeout_s=settings.idle_timeout_s,
        max_idle_s=settings.max_idle_s,
        max_redirects=settings.max_redirects,
        max_connections_per_host=max(CONNECTIONS_PER_HOST, settings.batch_per_host),
        user_agent=settings.user_agent or own_user_agent(),
        rps=settings.rps / workers if settings.rps else None,
        batch=settings.batch,
        batch_per_host=settings.batch_per_host,
        discard_response_bodies=settings.discard_response_bodies,
        http_version=settings.http_version,
        no_connection_reuse=settings.no_connection_reuse,
        http_debug="" if settings.http_debug == "off" else settings.http_debug,
        hosts=settings.hosts or {},
        dns_ttl_s=settings.dns_ttl_s,
        dns_select=settings.dns_select,
        dns_policy=settings.dns_policy,
        dns_seed=settings.seed,
        block_hostnames=settings.block_hostnames or (),
        blacklist_ips=settings.blacklist_ips or (),
        local_address=AddressPool(local_ips).at(user) if local_ips else None,
        proxies=environment_proxies(environ) if settings.proxy_from_environment else None,
        verify_tls=settings.verify_tls,
        ca_file=str(settings.ca_file) if settings.ca_file else None,
        tls_min_version=settings.tls_min_version,
        tls_max_version=settings.tls_max_version or "",
        tls_ciphers=settings.tls_ciphers or (),
        client_certs=_certificates(settings),
        keylog_file=environ.get(KEY_LOG) or None,
        control_flow=CONTROL_FLOW,
    )
    options.check_tls(OFFERED[options.http_version])
    return options


def _certificates(settings: Settings) -> tuple[ClientCert, ...]:
    if settings.client_certs is None:
        return ()
    return tuple(
        ClientCert(tuple(entry["domains"]), entry["cert"], entry.get("key"), entry.get("password"))
        for entry in certificates(settings.client_certs)
    )
