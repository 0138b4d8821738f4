"""`python -m kgserver`."""

from kgserver.cli import main

if __name__ == "__main__":
    main()
