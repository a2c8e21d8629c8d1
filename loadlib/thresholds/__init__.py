"""Thresholds: k6's expressions with units, a strict YAML document, its JSON Schema and the evaluator.

``loader`` reads the file, ``rules`` joins it to a run's metrics and scenarios, ``evaluator`` judges a
snapshot, ``display`` words a verdict. Nothing here runs, measures or prints.
"""
