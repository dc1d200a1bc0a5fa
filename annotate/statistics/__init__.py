"""Figures about a project: how far it is, who did what, how far people agree."""
