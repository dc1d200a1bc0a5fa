"""Networks that learn pictures, for PyTorch, which is imported when an entry is loaded.

Every entry is a module with

    HEAD                                   the name of its last layer, the only one that `freeze` leaves free
    make(n_labels, size, small) -> Module  of random weights: (n, 3, size, size) pictures -> (n, n_labels) logits;
                                           `small`: for pictures of few pixels, without early loss of resolution
"""

from annotate_kit.registry import Registry

__all__ = ["registry"]

registry = Registry(__name__)
