"""Reports: pure functions from a finished run, or snapshots of a running one, to text. One renderer a file.

Nothing here reads a clock or a file, judges a threshold or knows where the text goes.
"""
