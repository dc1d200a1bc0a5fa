"""How good a model is, and what its predictions tell of the project."""
