"""What a locustfile imports: base users and page-object-like clients of the platform.

>>> from loadlib.users import HttpUser
"""

from loadlib.adapters.needs import Need, feeds
from loadlib.core.metrics import Contains, Kind, MetricDef
from loadlib.users.base import PlatformUser
from loadlib.users.http import HttpUser

__all__ = ["Contains", "HttpUser", "Kind", "MetricDef", "Need", "PlatformUser", "feeds"]
