"""Which scenario a user class belongs to: the value of the ``scenario`` tag of all it records."""

from functools import cache

from locust import User


@cache
def scenario_of(user_class: type[User]) -> str:
    """Return the class's ``scenario``, or its name when it has none."""
    return str(getattr(user_class, "scenario", "") or user_class.__name__)
