"""What the platform's wire formats say: bytes or dicts in, events, verdicts and named failures out.

Nothing here opens a socket, reads a clock, or knows of Locust; the standard library is enough.
"""
