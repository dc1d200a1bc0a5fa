"""What the models see of items: features in shards, and rows made from them."""

from learner.features.store import (
    TEXT,
    VECTORS,
    NoFeatures,
    VectorReport,
    are_there,
    of_items,
    of_kind,
    remove,
    store_vectors,
)

__all__ = [
    "TEXT",
    "VECTORS",
    "NoFeatures",
    "VectorReport",
    "are_there",
    "of_items",
    "of_kind",
    "remove",
    "store_vectors",
]
