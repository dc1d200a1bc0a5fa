"""Softmax regression on the pixels.

One linear layer: the plainest network there is, to compare others with.
"""

from torch import nn

HEAD = "fc"


def make(n_labels: int, size: int, small: bool = False) -> nn.Sequential:
    network = nn.Sequential()
    network.add_module("flatten", nn.Flatten())
    network.add_module(HEAD, nn.Linear(3 * size * size, n_labels))
    return network
