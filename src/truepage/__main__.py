"""`python -m truepage` is `truepage`."""

import sys

from truepage.cli import main

sys.exit(main())
