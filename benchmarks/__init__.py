"""Load generators measured side by side, in one run each: ``python -m benchmarks``.

Measures from outside: nothing of this package runs inside a generator, whose files in ``loadfiles`` are what
a user would write. It is no part of the installed suite.
"""
