"""`python -m eglass`: the same as `eglass`."""

from eglass.cli import main

if __name__ == "__main__":
    main()
