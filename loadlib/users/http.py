"""``HttpUser``: a user like Locust's own, on the suite's client."""

from locust.env import Environment

from loadlib.client.http import HttpClient
from loadlib.client.url import parse_url
from loadlib.users.base import PlatformUser


class HttpUser(PlatformUser):
    """A user with ``self.client``, whose calls read like Locust's: ``self.client.get("/path", name=...)``.

    The base URL is ``host``: from the command line or the web UI, the class, else the setting ``base_url``.
    AgentOS credentials are sent only where ``host`` is of the origin of the setting ``base_url``.
    """

    abstract = True
    services = ()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        base_url = self.settings.base_url
        url = self.host or base_url
        self.client = HttpClient(
            url,
            recorder=self.runtime.recorder,
            options=self.http_options,
            tags=self.tags,
        )
        if parse_url(url).origin == parse_url(base_url).origin:
            self.client.authorize = self.identity.authorization

    def end_iteration(self) -> None:
        """Give up what one iteration must not hand on to the next, where the settings say so."""
        super().end_iteration()
        self.renew(self.client)

    def on_stop(self) -> None:
        """Close the connections; subclasses that override this call it."""
        super().on_stop()
        self.client.close()
