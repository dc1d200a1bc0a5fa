"""How REST speaks: JSON, errors, the schema, pages of lists."""
