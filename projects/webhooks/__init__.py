"""Webhooks: setting them up, and sending a project's events to their addresses."""
