"""Data in and out: a new project, imports and exports."""
