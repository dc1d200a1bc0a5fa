"""The queue: who gets what next, answers taken in and back, the order, and what models suggest."""
