"""What one Locust process shares between plugin and users: settings, recorder, credentials, the run."""

from collections.abc import Iterator
from itertools import count

from locust import User
from locust.env import Environment
from locust.runners import WorkerRunner

from loadlib.adapters.identities import Identity, IdentityPool
from loadlib.adapters.masking import without_credentials
from loadlib.adapters.recorder import Recorder
from loadlib.adapters.run_plan import RunPlan
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.errors import ConfigurationError
from loadlib.settings import Settings

NUMBERS_OF_LATE_WORKER = 1_000_000
_ATTRIBUTE = "loadlib"


class Runtime:
    """The shared state of one process; reach it from a user with ``Runtime.of(self.environment)``."""

    def __init__(self, environment: Environment, settings: Settings) -> None:
        self.environment = environment
        self.settings = settings
        self.metrics = _metrics(environment)
        self.recorder = Recorder(environment)
        self.plan = RunPlan(run_id="", started_at_s=0.0)
        self._configured = self._identities = IdentityPool.from_settings(settings)
        self._indexes: Iterator[int] = count()
        setattr(environment, _ATTRIBUTE, self)

    @classmethod
    def of(cls, environment: Environment) -> "Runtime":
        """Return the process's runtime; raises ``RuntimeError`` when the plugin is not installed."""
        runtime = getattr(environment, _ATTRIBUTE, None)
        if not isinstance(runtime, Runtime):
            raise RuntimeError("the locustfile must call loadlib.install() before its users start")
        return runtime

    def begin(self, plan: RunPlan) -> None:
        """Take over a new run's plan: credentials and user numbers start anew."""
        self.plan = plan
        published = plan.reference_credentials and self._configured.is_anonymous
        self._identities = IdentityPool.of_reference_platform() if published else self._configured
        runner = self.environment.runner
        offset = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        self._indexes = user_numbers(offset, plan.workers)

    def service_urls(self) -> dict[str, str]:
        """Return each service's base URL, the API's with its prefix; Locust's host is AgentOS's.

        ``realtime`` is the API's socket.io server, which has a path of its own.
        """
        settings = self.settings
        return {
            "agentos": self.environment.host or settings.base_url,
            "web": settings.web_url,
            "api": settings.api_url + settings.api_prefix,
            "ccr": settings.ccr_url,
            "realtime": settings.api_url + settings.realtime_path,
        }

    def target_urls(self) -> dict[str, str]:
        """Return the URLs that this run's users talk to: services by name, hosts of ordinary users by URL."""
        services = self.service_urls()
        urls: dict[str, str] = {}
        for user_class in self.environment.user_classes:
            names = getattr(user_class, "services", ())
            urls |= {name: services[name] for name in names}
            host = self.environment.host or user_class.host
            if not names and host:
                shown = without_credentials(host)
                urls[shown] = host
        return urls

    def next_identity(self) -> tuple[int, Identity]:
        """Return the number of the next user, unique over all processes of the run, and its identity."""
        index = next(self._indexes)
        return index, self._identities.identity(index)

    def identity(self, index: int) -> Identity:
        """Return the identity of a user number."""
        return self._identities.identity(index)

    def is_available(self, endpoint: str) -> bool:
        """Whether the target has a route; unknown ones count as there."""
        return endpoint not in self.plan.unavailable


def user_numbers(worker: int, workers: int) -> Iterator[int]:
    """Return the numbers of a worker's users: dense over the first workers, far away for later ones."""
    if worker < workers:
        return count(worker, workers)
    return count((worker - workers + 1) * NUMBERS_OF_LATE_WORKER)


def _metrics(environment: Environment) -> MetricRegistry:
    """Return the built-in metrics and those that user classes declare in their attribute ``metrics``."""
    registry = MetricRegistry(BUILTIN)
    for user_class in environment.user_classes:
        _define_own(registry, user_class)
    return registry


def _define_own(registry: MetricRegistry, user_class: type[User]) -> None:
    for metric in getattr(user_class, "metrics", ()):
        try:
            registry.define(metric)
        except ValueError as error:
            raise ConfigurationError(f"{user_class.__name__}.metrics: {error}") from None
