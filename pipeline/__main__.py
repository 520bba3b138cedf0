"""``python -m pipeline …`` is ``newsbeam …``."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
