"""Django's PostgreSQL backend, which starts the built-in server at the first connection where that one is meant."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from runtime import embedded_postgres


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        if data := self.settings_dict.get("EMBEDDED_DATA"):
            self.settings_dict["HOST"] = str(embedded_postgres.ensure_running(Path(data)))
        return super().get_connection_params()
