"""Small convolutional network.

Three layers of 3 × 3 filters, each followed by a halving of the resolution: 94,000 weights, for small pictures and for
processors without a graphics card.
"""

from torch import nn

HEAD = "fc"
CHANNELS = (32, 64, 128)


def make(n_labels: int, size: int, small: bool = False) -> nn.Sequential:
    """Pictures of fewer than 8 pixels are halved less often. It has no other form for `small` ones."""
    layers: dict[str, nn.Module] = {}
    before, side = 3, size
    for number, channels in enumerate(CHANNELS, 1):
        layers[f"conv{number}"] = nn.Conv2d(before, channels, 3, padding=1, bias=False)
        layers[f"bn{number}"] = nn.BatchNorm2d(channels)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
        layers[f"pool{number}"] = nn.MaxPool2d(2) if side > 1 else nn.Identity()
        before, side = channels, max(1, side // 2)
    layers |= {"avgpool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), HEAD: nn.Linear(before, n_labels)}
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    return network
