"""The AG-UI protocol over Server-Sent Events: the run's input, and verifiers of its event streams.

`verifier` judges the standard protocol 1.0, `team` the platform's own older dialect. The protobuf binding is
not covered.
"""
