"""`python -m softdeca`."""

from softdeca.cli import main

if __name__ == "__main__":
    main()
