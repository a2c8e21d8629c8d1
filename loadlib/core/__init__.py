"""The pure core: sketch, tagged metric store, endpoint naming, units, run and result model.

No input or output, no clock reads, no gevent, no Locust: times come in as arguments.
"""
