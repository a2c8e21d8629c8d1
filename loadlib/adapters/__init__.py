"""Locust joined to the suite: install, recording, distribution, load profiles, gate, artifacts."""
