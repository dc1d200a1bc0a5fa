"""Labelling: the screen and its form, the first items of a new person, and items verified by the page."""
