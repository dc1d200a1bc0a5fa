"""Sentence embeddings by a network in ONNX, as sentence-transformers computes them with PyTorch.

A folder of sentence-transformers says in small files how texts become tokens (`tokenizer.json`), how many the network
reads (`sentence_bert_config.json` or `tokenizer_config.json`), and what is done with what it says of each token
(`modules.json`, and a folder for each of these modules). What a folder leaves out is as there: mean pooling.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features._model_folder import session
from annotate_kit.geometry.neighbours import unit_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

Floats = NDArray[np.float32]
Module = Callable[[Floats, Floats], Floats]  # (n, t, d) of tokens or (n, d), mask (n, t) -> (n, d)

OUTPUTS = ("sentence_embedding", "last_hidden_state", "token_embeddings")
"""Which output is taken, if a network has one of these names; else its first."""
_TOKENS_AT_ONCE = 1024
_LONGEST = 512  # tokens, where nothing says what the network reads


@dataclass(frozen=True)
class SentenceNetwork:
    """`modules` make vectors of what the network says of each token; `prompt` stands before each text."""

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    output: str
    padding: int
    modules: tuple[Module, ...]
    prompt: str
    is_lowercase: bool

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n, d). Texts of about one length go through the network together."""
        texts = [self.prompt + text for text in texts]
        encodings = self.tokenizer.encode_batch([text.lower() for text in texts] if self.is_lowercase else texts)
        order = np.argsort([len(encoding) for encoding in encodings], kind="stable")
        parts = list(_parts([encodings[place] for place in order], self._rows))
        rows = np.concatenate([self._vectors(part) for part in parts])
        return rows[np.argsort(order)]

    @property
    def _rows(self) -> int | None:
        """How many texts are sent together; None where the network takes any number."""
        rows = self.session.get_inputs()[0].shape[0]
        return rows if isinstance(rows, int) else None

    def _vectors(self, encodings: Sequence["Encoding"]) -> Floats:
        inputs, mask = self._inputs(encodings)
        (values,) = self.session.run([self.output], inputs)
        rows = np.asarray(values, dtype=np.float32)[: len(encodings)]
        if rows.ndim == 2:  # the modules are part of the network
            return rows
        for module in self.modules:
            rows = module(rows, mask[: len(encodings)])
        return rows

    def _inputs(self, encodings: Sequence["Encoding"]) -> tuple[dict[str, NDArray[Any]], Floats]:
        """What the network takes, of those that there are; and which tokens (n, t) are of a text, as 1 and 0."""
        sources = self.session.get_inputs()
        columns = sources[0].shape[1]
        longest = columns if isinstance(columns, int) else max(1, *map(len, encodings))
        n = self._rows or len(encodings)
        tokens = np.full((n, longest), self.padding)
        kinds, mask = np.zeros_like(tokens), np.zeros((n, longest), dtype=np.float32)
        for row, encoding in enumerate(encodings):
            tokens[row, : len(encoding)], kinds[row, : len(encoding)] = encoding.ids, encoding.type_ids
            mask[row, : len(encoding)] = 1
        positions = np.broadcast_to(np.arange(longest), tokens.shape)
        values: dict[str, NDArray[Any]] = dict(zip(_INPUTS, (tokens, mask, kinds, positions), strict=True))
        types = {"tensor(int32)": np.int32, "tensor(float)": np.float32}
        return {each.name: values[each.name].astype(types.get(each.type, np.int64)) for each in sources}, mask


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


def _parts(encodings: Sequence["Encoding"], rows: int | None) -> Iterator[Sequence["Encoding"]]:
    """Of texts by length: `rows` a part, or as many as have few tokens together when they are filled up."""
    start = 0
    while start < len(encodings):
        end = start + (rows or 1)
        while not rows and end < len(encodings) and (end + 1 - start) * len(encodings[end]) <= _TOKENS_AT_ONCE:
            end += 1
        yield encodings[start:end]
        start = end


def read(network: Path, root: Path) -> SentenceNetwork:
    """The network of an ONNX file, by the settings in the folder `root`. ValueError says what can't be done."""
    from tokenizers import Tokenizer

    settings = Settings(root)
    running = session(network)
    sources = running.get_inputs()
    if unknown := {each.name for each in sources} - set(_INPUTS):
        raise ValueError(f"it takes {', '.join(sorted(unknown))}; one is needed that takes {', '.join(_INPUTS)} alone")
    tokenizer = Tokenizer.from_file(str(root / "tokenizer.json"))
    padding = settings.padding(tokenizer)
    tokenizer.no_padding()
    columns = sources[0].shape[1]
    longest = min(settings.longest, columns) if isinstance(columns, int) else settings.longest
    tokenizer.enable_truncation(max_length=longest)
    names = [each.name for each in running.get_outputs()]
    return SentenceNetwork(
        running,
        tokenizer,
        next((name for name in OUTPUTS if name in names), names[0]),
        padding,
        settings.modules,
        settings.prompt,
        settings.is_lowercase,
    )


@dataclass(frozen=True)
class Settings:
    """What the files beside a network say."""

    root: Path

    def _of(self, name: str) -> dict[str, Any]:
        """The object in a file; an empty one where the file is not there."""
        file = self.root / name
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}

    @property
    def longest(self) -> int:
        """The most tokens of a text."""
        if most := self._of("sentence_bert_config.json").get("max_seq_length"):
            return int(most)
        config, tokenizer = self._of("config.json"), self._of("tokenizer_config.json")
        known = [config.get("max_position_embeddings"), tokenizer.get("model_max_length")]
        return int(min((most for most in known if most and most > 0), default=_LONGEST))

    @property
    def is_lowercase(self) -> bool:
        return bool(self._of("sentence_bert_config.json").get("do_lower_case"))

    @property
    def prompt(self) -> str:
        """What stands before every text, where the model's makers wish it."""
        config = self._of("config_sentence_transformers.json")
        return str(config.get("prompts", {}).get(config.get("default_prompt_name"), ""))

    def padding(self, tokenizer: "Tokenizer") -> int:
        """The number of the token that fills texts up; networks that count positions know it by this number."""
        token = self._of("tokenizer_config.json").get("pad_token") or (tokenizer.padding or {}).get("pad_token")
        name = token.get("content") if isinstance(token, dict) else token
        return (name and tokenizer.token_to_id(name)) or 0

    @property
    def modules(self) -> tuple[Module, ...]:
        """What follows the network. ValueError names one that is not known here."""
        file = self.root / "modules.json"
        modules = json.loads(file.read_text(encoding="utf-8"))[1:] if file.is_file() else [_POOLING]
        return tuple(self._module(module["type"].rpartition(".")[2], module["path"]) for module in modules)

    def _module(self, kind: str, folder: str) -> Module:
        if kind not in _MODULES:
            raise ValueError(f"its module {kind} is not known; {', '.join(_MODULES)} are")
        return _MODULES[kind](self._of(f"{folder}/config.json"), self.root / folder)


_POOLING = {"type": "Pooling", "path": "1_Pooling"}


def _pooling(config: dict[str, Any], folder: Path) -> Module:
    """One vector for each text; several ways of pooling stand side by side."""
    modes = config.get("pooling_mode") or [mode for key, mode in _LEGACY_KEYS.items() if config.get(key)]
    ways = [_POOLED[mode] for mode in ([modes] if isinstance(modes, str) else modes) or ["mean"]]
    return lambda tokens, mask: np.concatenate([way(tokens, mask) for way in ways], axis=1)


def _dense(config: dict[str, Any], folder: Path) -> Module:
    from safetensors.numpy import load_file

    name = config.get("activation_function", "torch.nn.modules.activation.Tanh").rpartition(".")[2]
    if name not in _ACTIVATIONS or config.get("use_residual"):
        raise ValueError(f"its module Dense has an activation that is not known; {', '.join(_ACTIVATIONS)} are")
    if not (folder / "model.safetensors").is_file():
        raise ValueError(
            f"{folder.name}/model.safetensors is missing: load the model with sentence-transformers 3 or "
            "newer and save it by save_pretrained"
        )
    tensors = {key: values.astype(np.float32) for key, values in load_file(folder / "model.safetensors").items()}
    weight, bias = tensors["linear.weight"], tensors.get("linear.bias", np.float32(0))
    activation = _ACTIVATIONS[name]
    return lambda rows, mask: np.asarray(activation(rows @ weight.T + bias))


def _normalize(config: dict[str, Any], folder: Path) -> Module:
    return lambda rows, mask: unit_rows(rows)


def _dropout(config: dict[str, Any], folder: Path) -> Module:
    """Nothing is dropped but in training."""
    return lambda rows, mask: rows


_MODULES = {"Pooling": _pooling, "Dense": _dense, "Normalize": _normalize, "Dropout": _dropout}
_ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {"Tanh": np.tanh, "Identity": np.asarray}


def _first(tokens: Floats, mask: Floats) -> Floats:
    return tokens[:, 0]


def _last(tokens: Floats, mask: Floats) -> Floats:
    lengths = mask.sum(axis=1).astype(np.intp)
    return np.asarray(tokens[np.arange(len(tokens)), np.maximum(lengths, 1) - 1])


def _most(tokens: Floats, mask: Floats) -> Floats:
    return np.asarray(np.where(mask[:, :, np.newaxis] > 0, tokens, -np.inf).max(axis=1))


def _mean(tokens: Floats, mask: Floats) -> Floats:
    return np.asarray(np.einsum("ntd,nt->nd", tokens, mask) / np.maximum(mask.sum(axis=1), 1e-9)[:, np.newaxis])


def _mean_by_root(tokens: Floats, mask: Floats) -> Floats:
    """The sum divided by the square root of the length."""
    return _mean(tokens, mask) * np.sqrt(mask.sum(axis=1))[:, np.newaxis]


def _weighted_mean(tokens: Floats, mask: Floats) -> Floats:
    """Later tokens count more."""
    return _mean(tokens, mask * np.arange(1, mask.shape[1] + 1, dtype=np.float32))


_POOLED = {
    "cls": _first,
    "max": _most,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_by_root,
    "weightedmean": _weighted_mean,
    "lasttoken": _last,
}
_LEGACY_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
