"""Makes ``python -m loadlib`` the same as ``loadlib``."""

from loadlib.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
