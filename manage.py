#!/usr/bin/env python
"""Every command of Annotate: `python manage.py help` lists them."""

import os
import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["crowd"]:  # it needs no settings, and so no database, secrets or folders
        from annotate_kit.cli import main

        sys.exit(main(sys.argv[2:], program="manage.py crowd"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import env

    env.choose_defaults(" ".join(sys.argv[1:2]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
