"""Embeddings of pictures.

Pictures of similar things lie near each other: the vectors that a network (an ONNX file) has for them.

The model is a folder of this machine, named by the environment variable IMAGE_EMBEDDINGS_MODEL; nothing is ever
downloaded. Beside the network, `preprocessor_config.json` says how a picture is prepared for it, as image processors of
Hugging Face write it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features._images import decoded
from annotate_kit.features._model_folder import NetworkFolder, session
from annotate_kit.geometry.neighbours import unit_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from PIL import Image

kinds = frozenset({"image"})
VERSION = 2

MODEL = NetworkFolder("image_embeddings", "IMAGE_EMBEDDINGS_MODEL", ("preprocessor_config.json",), "onnxruntime")
lacking, model_id, problem = MODEL.lacking, MODEL.model_id, MODEL.problem

OUTPUTS = ("image_embeds", "pooler_output", "last_hidden_state")
"""Which output is taken, if a network has one of these names; else its first."""
_AT_ONCE = 16
_SCALED_WHOLE = 384  # pixels from which on `crop_pct` does not count, as for ResNet and ConvNeXT at Hugging Face


def compute(contents: Sequence[bytes]) -> NDArray[np.float32]:
    """(n, d) for a network of d numbers: rows of length 1; zeros for what cannot be decoded.

    Where the network gives a row of tokens for a picture, its first, the class token, is taken; where it gives a map,
    the map's mean. ValueError says what is to be installed or set, or what the model is instead.
    """
    if reason := lacking():
        raise ValueError(reason)
    network = _network(MODEL.path, model_id())
    at_once = _AT_ONCE if network.takes_many else 1
    parts = [network.embed(contents[start : start + at_once]) for start in range(0, len(contents), at_once)]
    rows: NDArray[np.float32] = unit_rows(np.concatenate(parts) if parts else network.embed([]))
    return rows


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes what the network takes.

    shortest   pixels of the shorter edge after scaling, in proportion; None: scaled to height × width, whatever its own
    height, width   of what is cut from the middle, or scaled to
    resample   Pillow's number of the way of scaling
    scale, mean, std   a colour x of 0 … 255 becomes (scale · x - mean) / std
    """

    shortest: int | None
    height: int
    width: int
    resample: int
    scale: float
    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Preparation":
        """KeyError and TypeError where it does not name a size."""
        size, crop = config["size"], config.get("crop_size") if config.get("do_center_crop") else None
        shortest = size.get("shortest_edge") if isinstance(size, Mapping) else size if crop else None
        if shortest and shortest < _SCALED_WHOLE and (share := config.get("crop_pct")):
            shortest, crop = int(shortest / share), shortest
        height, width = _sides(crop or (shortest if shortest else size))
        is_normalised = config.get("do_normalize", "image_mean" in config)
        return cls(
            shortest if crop else None,
            height,
            width,
            int(config.get("resample", 2)),
            float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0,
            np.array(config["image_mean"] if is_normalised else [0, 0, 0], dtype=np.float32),
            np.array(config["image_std"] if is_normalised else [1, 1, 1], dtype=np.float32),
        )

    def of(self, image: "Image.Image") -> NDArray[np.float32]:
        """(3, height, width) of a picture in red, green and blue."""
        if self.shortest:
            image = image.resize([side * self.shortest // min(image.size) for side in image.size], self.resample)
            left, top = (image.width - self.width) // 2, (image.height - self.height) // 2
            image = image.crop((left, top, left + self.width, top + self.height))
        elif image.size != (self.width, self.height):
            image = image.resize((self.width, self.height), self.resample)
        pixels = (np.asarray(image, dtype=np.float32) * np.float32(self.scale) - self.mean) / self.std
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _sides(size: Any) -> tuple[int, int]:
    return (int(size["height"]), int(size["width"])) if isinstance(size, Mapping) else (int(size), int(size))


@dataclass(frozen=True)
class Network:
    session: "InferenceSession"
    preparation: Preparation
    output: str

    @property
    def takes_many(self) -> bool:
        """Whether several pictures may be sent together."""
        return self.session.get_inputs()[0].shape[0] != 1

    def embed(self, contents: Sequence[bytes]) -> NDArray[np.float32]:
        """(n, d); zeros for what cannot be decoded."""
        source, prepared = self.session.get_inputs()[0], self.preparation
        pixels = np.zeros((max(1, len(contents)), 3, prepared.height, prepared.width), dtype=np.float32)
        is_decoded = np.zeros(len(contents), dtype=bool)
        for place, content in enumerate(contents):
            image = decoded(content, "RGB", max(prepared.height, prepared.width, prepared.shortest or 0))
            if image is not None:
                pixels[place], is_decoded[place] = prepared.of(image), True
        kind = np.float16 if source.type == "tensor(float16)" else np.float32
        (values,) = self.session.run([self.output], {source.name: pixels.astype(kind)})
        rows = np.asarray(_vectors(values), dtype=np.float32)[: len(contents)]
        return np.where(is_decoded[:, np.newaxis], rows, np.float32(0))


def _vectors(values: NDArray[Any]) -> NDArray[Any]:
    """(n, d) of vectors; the class token of (n, tokens, d); the mean of maps (n, d, height, width)."""
    if values.ndim == 4:
        return np.asarray(values.mean(axis=(2, 3)))
    return values[:, 0] if values.ndim == 3 else values.reshape(len(values), -1)


@lru_cache(maxsize=1)
def _network(path: str, model_id: str) -> Network:
    """The network in memory, read again when its files have changed. ValueError when they are no such model."""
    try:
        running = session(MODEL.network(Path(path)))
    except Exception as error:  # its errors have no common class of their own
        raise ValueError(f"{MODEL} holds no ONNX model: {error}") from error
    inputs = running.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise ValueError(
            f"{MODEL} holds a model that takes {', '.join(each.name for each in inputs)}; "
            "one is needed that takes pictures alone (n, 3, height, width): export its vision part"
        )
    try:
        preparation = Preparation.from_config(
            json.loads((MODEL.root(Path(path)) / "preprocessor_config.json").read_text())
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{MODEL} holds a preprocessor_config.json without what is needed: {error}. It names size, and image_mean "
            'and image_std where colours are normalised, as in {"size": {"height": 224, "width": 224}, '
            '"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
        ) from error
    names = [each.name for each in running.get_outputs()]
    return Network(running, preparation, next((name for name in OUTPUTS if name in names), names[0]))
