"""Logging in: the rules of passwords, codes, known browsers, and links for new passwords."""
