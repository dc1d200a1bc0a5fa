"""`python -m annotate_kit` is `annotate-kit`."""

import sys

from annotate_kit.cli import main

sys.exit(main())
