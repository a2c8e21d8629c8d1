"""The load generator's HTTP client: measured phases, one sample per request, no hidden retries.

Import names from here; the modules below are its parts. Importing it starts nothing and does not import
Locust.
"""

from loadlib.client.digest import DigestAuth
from loadlib.client.errors import ERROR_KINDS, TransportError
from loadlib.client.http import HttpClient
from loadlib.client.options import ClientOptions
from loadlib.client.response import Response
from loadlib.client.sample import HttpSample, Recorder, Tags
from loadlib.client.stream import StreamResponse

__all__ = [
    "ERROR_KINDS",
    "ClientOptions",
    "DigestAuth",
    "HttpClient",
    "HttpSample",
    "Recorder",
    "Response",
    "StreamResponse",
    "Tags",
    "TransportError",
]
