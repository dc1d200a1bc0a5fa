"""Reviewing: item by item, part by part, and all that a search finds."""
