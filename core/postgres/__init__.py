"""What PostgreSQL can do beyond the ORM."""
