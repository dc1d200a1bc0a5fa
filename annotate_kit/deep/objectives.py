"""What a network is trained for: labels, or people's votes through a layer that models the people.

An objective holds the classifier, tells the loss of a batch of pictures, and names the weights that are saved.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from annotate_kit.aggregation import Votes

EMBEDDING, HIDDEN = 20, 128


class Labels(nn.Module):
    """Cross-entropy against labels, (N,), or probabilities, (N, K)."""

    def __init__(self, classifier: nn.Module, targets: NDArray[Any]) -> None:
        super().__init__()
        self.classifier = classifier
        hard = targets.ndim == 1
        self.targets = torch.from_numpy(targets).to(torch.int64 if hard else torch.float32)

    def loss(self, pictures: Tensor, rows: Tensor) -> Tensor:
        return functional.cross_entropy(self.classifier(pictures), self.targets[rows])

    def weights(self) -> dict[str, Any]:
        return self.classifier.state_dict()


class FromVotes(nn.Module):
    """What both layers share: the votes on the rows of a batch."""

    def __init__(self, classifier: nn.Module, votes: Votes) -> None:
        super().__init__()
        self.classifier = classifier
        order = np.argsort(votes.item, kind="stable")
        self.annotator, self.label, self.n, self.end = (
            torch.from_numpy(numbers.astype(np.int64))
            for numbers in (votes.annotator[order], votes.label[order], votes.per_item, np.cumsum(votes.per_item))
        )

    def votes_on(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of each vote: the place in the batch, the annotator and the label."""
        n = self.n[rows]
        place = torch.repeat_interleave(torch.arange(len(rows)), n)
        first = torch.repeat_interleave(self.end[rows] - n, n)
        within = torch.arange(len(place)) - torch.repeat_interleave(torch.cumsum(n, 0) - n, n)
        vote = first + within
        return place, self.annotator[vote], self.label[vote]


class CrowdLayer(FromVotes):
    """One matrix a person on the classifier's probabilities.

    F. Rodrigues, F. Pereira (2018), Deep learning from crowds. AAAI. (MW.)
    """

    def __init__(self, classifier: nn.Module, votes: Votes, n_pixels: int, scale: float) -> None:
        super().__init__(classifier, votes)
        self.confusion = nn.Parameter(torch.eye(votes.n_labels).repeat(votes.n_annotators, 1, 1))

    def loss(self, pictures: Tensor, rows: Tensor) -> Tensor:
        place, annotator, label = self.votes_on(rows)
        z = self.classifier(pictures).softmax(dim=1)
        scores = torch.einsum("vk,vkl->vl", z[place], self.confusion[annotator])
        return functional.cross_entropy(scores, label)

    def weights(self) -> dict[str, Any]:
        return {"confusion": self.confusion.detach(), "classifier": self.classifier.state_dict()}


class CoNAL(FromVotes):
    """A matrix of the crowd and one a person, mixed as the picture and the person have it.

    Z. Chu, J. Ma, H. Wang (2021), Learning from crowds by modeling common confusions. AAAI.
    """

    def __init__(self, classifier: nn.Module, votes: Votes, n_pixels: int, scale: float) -> None:
        super().__init__(classifier, votes)
        self.scale = scale
        start = 2 * torch.eye(votes.n_labels)
        self.common, self.own = nn.Parameter(start.clone()), nn.Parameter(start.repeat(votes.n_annotators, 1, 1))
        self.of_picture = nn.Sequential(nn.Linear(n_pixels, HIDDEN), nn.Linear(HIDDEN, EMBEDDING))
        self.of_person = nn.Linear(votes.n_annotators, EMBEDDING)

    def loss(self, pictures: Tensor, rows: Tensor) -> Tensor:
        place, annotator, label = self.votes_on(rows)
        z = self.classifier(pictures).softmax(dim=1)[place]
        v = functional.normalize(self.of_picture(pictures.flatten(1)))[place]
        u = functional.normalize(self.of_person.weight.T + self.of_person.bias)[annotator]
        share = torch.sigmoid((v * u).sum(dim=1, keepdim=True))
        scores = share * (z @ self.common) + (1 - share) * torch.einsum("vk,vkl->vl", z, self.own[annotator])
        apart = torch.linalg.matrix_norm(self.own - self.common).sum()
        return functional.cross_entropy(scores, label) - self.scale * apart

    def weights(self) -> dict[str, Any]:
        noise = {"global_confusion_matrix": self.common.detach(), "local_confusion_matrices": self.own.detach()}
        auxiliary = {**self.of_picture.state_dict(prefix="picture."), **self.of_person.state_dict(prefix="person.")}
        return {"auxiliary": auxiliary, "noise_adaptation": noise, "classifier": self.classifier.state_dict()}


FROM_VOTES = {"conal": CoNAL, "crowdlayer": CrowdLayer}
