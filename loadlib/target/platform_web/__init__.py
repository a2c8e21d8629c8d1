"""The web, API and model-router parts of the reference platform, one ASGI application each.

``web.build``, ``api.build`` and ``ccr.build`` take the target's context and return the application; serving
them, latency, faults and truth headers belong to the server around them. Nothing here is imported by the
load generator.
"""
