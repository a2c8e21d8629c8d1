"""All scenarios at once, weighted as the platform's traffic is."""

from a2a_endpoints import A2AUser
from ccr_routing import CcrUser
from dashboard_flow import DashboardUser
from realtime import RealtimeUser
from streaming import StreamingUser

import loadlib

loadlib.install()

A2AUser.weight = 3
DashboardUser.weight = 3
StreamingUser.weight = 2
CcrUser.weight = 2
RealtimeUser.weight = 1

__all__ = ["A2AUser", "CcrUser", "DashboardUser", "RealtimeUser", "StreamingUser"]
