"""The settings of realtime users: the gateway's address and limits, and the waits on its sockets.

Reads nothing; the platform's own limits are the defaults.
"""

from pydantic import Field
from pydantic_settings import BaseSettings

from loadlib.settings.kinds import Count, Delay, PathPrefix, Seconds


class RealtimeSettings(BaseSettings):
    """What users of the realtime gateway can be told. Times are seconds."""

    realtime_path: PathPrefix = Field(
        default="/socket.io", description="path of the API's socket.io server, without `api_prefix` before it"
    )
    realtime_sockets_per_user: Count = Field(
        default=5, description="sockets that users with the same session may have; set it higher to exceed it"
    )
    realtime_sockets_per_workspace: Count = Field(
        default=100, description="sockets that users of one workspace may have; set it higher to exceed it"
    )
    realtime_updates_per_minute: Count = Field(
        default=100,
        description="state updates that users with the same session send in any minute; the platform drops "
        "further ones without a word",
    )
    realtime_delivery_timeout_s: Seconds = Field(
        default=5.0, description="for a state update to reach a second socket; then it counts as lost"
    )
    realtime_state_delay_s: Delay = Field(
        default=0.5, description="from connecting until the full state is asked for"
    )
    realtime_ping_interval_s: Delay = Field(
        default=15.0, description="between two WebSocket pings of a user; 0 for none"
    )
    realtime_reconnect_s: Seconds = Field(
        default=1.0, description="after a failed connection, before the next; doubled with every further one"
    )
    realtime_max_reconnect_s: Seconds = Field(default=30.0, description="longest wait before a connection")
