"""Data set formats: whole folders and files as other tools keep them, read and written."""
