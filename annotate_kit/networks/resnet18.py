"""ResNet-18.

Eighteen layers in blocks whose input is added to their output. Parameters are named as torchvision names them, so that
weights that were saved there can be loaded.

Deep residual learning for image recognition (2016). CVPR.
"""

from torch import Tensor, nn

HEAD = "fc"
BLOCKS = [(64, 1), (128, 2), (256, 2), (512, 2)]
"""(channels, stride) of the four layers of two blocks each."""


def make(n_labels: int, size: int, small: bool = False) -> "ResNet":
    """`small` leaves out the two reductions at the entrance, as for CIFAR's 32 × 32 pixels."""
    network = ResNet(n_labels, small)
    network.apply(_start)
    return network


class ResNet(nn.Module):
    def __init__(self, n_labels: int, small: bool) -> None:
        super().__init__()
        self.conv1 = (
            nn.Conv2d(3, 64, 3, padding=1, bias=False) if small else nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        )
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, padding=1)
        before = 64
        for number, (channels, stride) in enumerate(BLOCKS, 1):
            self.add_module(f"layer{number}", nn.Sequential(Block(before, channels, stride), Block(channels, channels)))
            before = channels
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(before, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, len(BLOCKS) + 1):
            x = self.get_submodule(f"layer{number}")(x)
        return self.fc(self.avgpool(x).flatten(1))


class Block(nn.Module):
    def __init__(self, before: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride > 1 or before != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + shortcut)


def _start(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
