"""The items of a project: the list, each on a page of its own, and what is done with many at once."""
