"""The A2A protocol over JSON-RPC, in its dialects 0.3 and 1.0, as a load test needs it.

Requests, answers and streams are judged by hand on plain dicts, as schema validation of every event would
cost more than the rest of the client together. The REST and gRPC bindings are not covered.
"""
