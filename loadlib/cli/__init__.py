"""The command line, ``loadlib ...``: one module a subcommand; importing it runs nothing."""
