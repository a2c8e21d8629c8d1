"""The settings of a run: every name, its kind, its default and what it means.

Reads nothing: ``Settings()`` is the defaults. The sources and their order live in ``layers`` and ``load``.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from loadlib.settings.http_model import HttpSettings
from loadlib.settings.kinds import (
    BaseUrl,
    Count,
    CpuRatio,
    Delay,
    FileName,
    Number,
    PathPrefix,
    Port,
    PreflightSeconds,
    Processes,
    Rate,
    Seconds,
    Secret,
    Share,
    StopSeconds,
    Text,
    Token,
    TokenSeconds,
    Word,
)
from loadlib.settings.realtime_model import RealtimeSettings

Profile = Literal["smoke", "load", "stress", "spike", "soak"]


class Settings(HttpSettings, RealtimeSettings):
    """Everything a run can be told, validated and frozen. Times are seconds, secrets are ``SecretStr``.

    Made by ``load_settings``; a setting ``base_url`` is ``LOADLIB_BASE_URL`` in the environment and in
    ``.env``, ``base_url`` in ``loadlib.toml`` and ``--base-url`` where the command line offers it.
    """

    model_config = SettingsConfigDict(
        env_prefix="LOADLIB_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    base_url: BaseUrl = Field(
        default="http://127.0.0.1:7777",
        description="AgentOS. A loopback address with a port N other than 7777 moves the defaults of "
        "web_url, api_url and ccr_url to N+1, N+2 and N+3 there, where `loadlib target --port N` puts them",
    )
    web_url: BaseUrl = Field(default="http://127.0.0.1:3000", description="the web application")
    api_url: BaseUrl = Field(default="http://127.0.0.1:3001", description="the REST API and its websocket")
    ccr_url: BaseUrl = Field(default="http://127.0.0.1:3456", description="the model router (CCR)")
    api_prefix: PathPrefix = Field(
        default="/api", description="path before every route of the API; / for none"
    )
    environment: Word = Field(
        default="development", description="free word that names the platform in results"
    )
    workspace_id: Text | None = Field(
        default=None, description="workspace of every user; else they are spread"
    )
    business_id: Text = Field(default="biz-load-test", description="business that team runs are asked about")

    scenario: Text | None = Field(default=None, description="scenario of the run, set by `loadlib run`")
    profile: Profile = Field(default="smoke", description="shape of the load over time")
    users: Count | None = Field(default=None, description="peak number of users; else the profile's")
    duration: Seconds | None = Field(
        default=None, description="length of the run in seconds; else the profile's"
    )
    spawn_rate: Rate | None = Field(default=None, description="users started per second; else the profile's")
    processes: Processes = Field(
        default=1, description="worker processes of `loadlib run`; -1 for one per core"
    )
    thresholds: FileName = Field(
        default=Path("thresholds.yaml"), description="file with the rules that judge the run"
    )
    require_all: bool = Field(
        default=False, description="a lacking route makes the run invalid, and the rules on it fail"
    )
    results_dir: FileName = Field(
        default=Path("results"), description="directory that receives a folder per run"
    )
    seed: int | None = Field(default=None, description="makes the users' random choices repeatable")
    config: FileName | None = Field(
        default=None, description="settings file to read in place of ./loadlib.toml"
    )
    secrets_dir: FileName | None = Field(
        default=None, description="directory with one file per secret setting"
    )

    connect_timeout_s: Seconds = Field(default=5.0, description="for a connection, TLS included")
    timeout_s: Seconds = Field(default=30.0, description="for a whole request and its response")
    stream_timeout_s: Seconds = Field(default=120.0, description="for a whole stream")
    idle_timeout_s: Seconds = Field(default=30.0, description="between two pieces of a stream")
    close_timeout_s: Seconds = Field(
        default=2.0, description="for a stream to close after its last event; heartbeats don't prolong it"
    )
    max_idle_s: Delay = Field(
        default=0.0,
        description="connections idle for longer are not used again; below the server's keep-alive timeout "
        "it avoids failures of the kind closed_idle; 0 for no limit",
    )
    stall_s: Seconds = Field(default=1.0, description="silence inside a stream that counts as a stall")
    stop_timeout_s: StopSeconds = Field(
        default=20.0, description="for iterations that run when the test ends"
    )
    drain_timeout_s: Seconds = Field(default=5.0, description="more time for the workers' last numbers")
    worker_start_timeout_s: Seconds = Field(default=30.0, description="for all worker processes to report")
    preflight_timeout_s: PreflightSeconds = Field(default=5.0, description="for each request before the run")
    dephase_s: Delay = Field(
        default=1.0, description="users start after a random part of this, so that they don't move in step"
    )
    max_retry_after_s: Delay = Field(
        default=60.0, description="longest wait that a 429 may ask of a user; 0 ignores what it asks"
    )
    polling_interval_s: Seconds = Field(default=2.0, description="between two polls of the same resource")
    think_time_factor: Number = Field(default=1.0, description="multiplies the users' pauses; 0 for none")
    agui_share: Share = Field(
        default=0.2, description="share of dashboard iterations that open an AG-UI stream"
    )

    max_series: Count = Field(
        default=2000, description="series of the metric store before they are folded into one"
    )
    max_windows: Count = Field(
        default=200, description="time windows kept of a run before they are made coarser"
    )
    max_cpu_ratio: CpuRatio = Field(
        default=0.9, description="CPU of a generator process above which a run is invalid"
    )
    max_loop_lag_s: Seconds = Field(
        default=0.25, description="p(95) of its timers' lateness above which it is"
    )

    insecure_skip_tls_verify: bool = Field(default=False, description="do not verify TLS certificates")
    ca_file: FileName | None = Field(
        default=None, description="PEM file of certificate authorities to trust instead"
    )

    auth_token: Token | None = Field(default=None, description="AgentOS bearer token, one for all users")
    session_token: Token | None = Field(default=None, description="session of API and web, one for all users")
    jwt_secret: Secret | None = Field(
        default=None, description="mints an AgentOS token (HS256) for each user"
    )
    jwt_ttl_s: TokenSeconds = Field(default=3600.0, description="lifetime of a minted token")
    jwt_issuer: Text | None = Field(default=None, description="claim iss of a minted token")
    jwt_audience: Text | None = Field(default=None, description="claim aud of a minted token")
    session_secret: Secret | None = Field(
        default=None, description="mints sessions of the reference platform"
    )
    ccr_api_key: Token | None = Field(default=None, description="bearer key of the model router")
    identities_file: FileName | None = Field(
        default=None, description="JSON, JSON lines or CSV file of users"
    )

    web_host: Text = Field(default="127.0.0.1", description="address of the web UI")
    web_port: Port = Field(default=8089, description="port of the web UI")

    _origins: Mapping[str, str] = PrivateAttr(default_factory=lambda: MappingProxyType({}))

    @property
    def verify_tls(self) -> bool:
        """Whether certificates are verified: always, unless switched off by name."""
        return not self.insecure_skip_tls_verify

    @property
    def fresh_iterations(self) -> bool:
        """Whether something of a user is given up after each of its iterations."""
        return self.reset_cookies or self.no_user_connection_reuse

    def origin(self, name: str) -> str:
        """Return where a setting's value came from, such as ``"LOADLIB_USERS in .env"`` or ``"default"``."""
        return self._origins.get(name, "default")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the constructor's values only: ``load_settings`` reads the sources and knows each origin."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
