"""The reference platform: AgentOS, web, API and CCR stand-ins that the demo and the tests run against.

It shares no code with ``loadlib.protocols``, so that a mistake cannot hide on both sides of the wire, and
imports nothing here: ``loadlib.target.server`` starts it, ``loadlib.target.options`` describes it.
"""
