"""What OPTIONS says of an address: its name, its description, what it reads and writes."""

from typing import Any

from rest_framework.metadata import SimpleMetadata


class Metadata(SimpleMetadata):
    """Without the fields: they are in the schema, and bulk addresses have no serializer that could be asked."""

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        return {}
