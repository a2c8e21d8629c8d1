"""The locustfiles of the benchmark: what a user would write for the same work with each client."""
