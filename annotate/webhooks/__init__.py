"""Webhooks: what happened in a project is read from what is stored anyway, and sent in batches by the worker.

Nobody who labels waits for it: nothing is written for webhooks when an answer is stored. Each webhook has a position in
each source of events (`sources`), and what comes after it makes the next delivery.
"""
