"""Django's PostgreSQL backend, which starts the built-in server at the first connection where that one is meant."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from runtime import embedded_postgres

RECOVERY_SECONDS = 10.0  # what a request waits for a server that was killed and starts again


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        if data := self.settings_dict.get("EMBEDDED_DATA"):
            self.settings_dict["HOST"] = str(embedded_postgres.ensure_running(Path(data)))
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; where the built-in server does not give one, once it does again."""
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError as error:
            if not (data := self.settings_dict.get("EMBEDDED_DATA")):
                raise
            try:
                embedded_postgres.wait_until_it_answers(Path(data), RECOVERY_SECONDS)
            except embedded_postgres.EmbeddedError:
                raise error from None
            return super().get_new_connection(conn_params)
