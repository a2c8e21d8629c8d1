"""The model router (CCR) asked directly: health, routed completions of each task type, usage compared."""

from locust import task

import loadlib
from loadlib.users import PlatformUser
from loadlib.users.ccr import NEEDS, Router
from loadlib.users.completions import PROVIDERS

loadlib.install()

AGENTS = {"reasoning": "vera", "code_generation": "sage", "long_context": "scribe", "general": "navi"}
HEALTH_POLLS = 3
POLLS_HEALTH = 0.3


class CcrUser(PlatformUser):
    """An agent that sends its prompts through the router."""

    scenario = "ccr"
    services = ("agentos", "ccr")
    needs = NEEDS

    def on_start(self) -> None:
        """Get the clients ready; nothing is sent."""
        self.router = Router(self)

    @task
    def route_prompts(self) -> None:
        """Route one prompt of each task type and compare the usage page with what was sent."""
        self.router.health()
        self.think(0.1, 0.3)
        before = self.router.usage()
        served = []
        for task_type in PROVIDERS:
            served.append(self.router.route(task_type, AGENTS[task_type]))
            self.think(0.05, 0.15)
        tokens = [used for used in served if used is not None]
        self.router.account(before, self.router.usage(), requests=len(tokens), tokens=sum(tokens))
        self.think(0.2, 0.5)
        if self.random.random() < POLLS_HEALTH:
            for _ in range(HEALTH_POLLS):
                self.router.health()
                self.think(1.0, 1.0)
        self.think(0.5, 1.5)
