"""Verifying by the page: items of one predicted label that one person leases, looks at and accepts together."""
