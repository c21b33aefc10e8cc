"""``python -m impasto``."""

import sys

from impasto.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
