"""Everything that is stored, as one file, and back: the database, pictures, features and models."""


class Unusable(Exception):
    """Why there is no back-up, or why it can't be restored; the message says what would be right."""
