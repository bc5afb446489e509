"""`python -m personakit`: the same commands as `personakit`."""

import sys

from personakit.cli import main

sys.exit(main())
