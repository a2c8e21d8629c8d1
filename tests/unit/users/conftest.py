"""Lets this process import Locust without being patched: tests of other parts run in it too."""

import os

os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")
