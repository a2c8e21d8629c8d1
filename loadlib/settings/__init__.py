"""Settings of a run: command line, environment, ``.env``, a secrets directory, ``loadlib.toml``, defaults.

Importing this reads none of them; ``load_settings`` does. Nothing here knows Locust or a protocol.
"""

from loadlib.settings.load import load_settings, masked, to_environment
from loadlib.settings.model import Profile, Settings

__all__ = ["Profile", "Settings", "load_settings", "masked", "to_environment"]
