"""Load testing for AI-agent platforms on Locust, with k6's discipline of thresholds and exit codes.

``import loadlib`` alone imports neither Locust nor gevent and starts nothing: a locustfile says
``import loadlib; loadlib.install()``.
"""

from loadlib.errors import ScenarioAbort

__all__ = ["ScenarioAbort", "__version__", "install"]


def install() -> None:
    """Join the suite to Locust: metrics, load models, thresholds and the gate. May be called again."""
    from loadlib.adapters.plugin import install as install_plugin  # noqa: PLC0415 - importing loadlib starts nothing

    install_plugin()


def __getattr__(name: str) -> str:
    """Return ``__version__`` from the installed package's metadata, or ``0+unknown`` in a bare checkout."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 20 ms that most imports save

    try:
        return version("loadlib")
    except PackageNotFoundError:
        return "0+unknown"
