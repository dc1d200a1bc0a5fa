"""What a member of a project may do."""

from django.db import models


class Role(models.TextChoices):
    """From the least to the most. A machine may do nothing by itself: it cannot log in, managers send its votes."""

    MACHINE = "machine"
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    MANAGER = "manager"

    @property
    def at_least(self) -> list["Role"]:
        """The roles that may do all that this one may."""
        return list(Role)[list(Role).index(self) :]

    @classmethod
    def of_people(cls) -> list[tuple[str, str]]:
        """The choices for people."""
        return [(role.value, role.label) for role in cls.ANNOTATOR.at_least]


ROLES_OF_PEOPLE = Role.of_people()
