"""One project: data in, labels out, and a model of your own in between."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from annotate_client import contents, orchestrating
from annotate_client.connection import Connection
from annotate_client.orchestrating import Acquisition


class Project:
    """`settings` holds the fields as REST names them; `project.name`, `project.labels` and so on read them."""

    def __init__(self, connection: Connection, settings: dict[str, Any]) -> None:
        self.connection = connection
        self.settings = settings

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["settings"][name]
        except KeyError:
            raise AttributeError(f"a project has no {name!r}") from None

    def __repr__(self) -> str:
        return f"<Project {self.id} {self.name!r}>"

    @property
    def path(self) -> str:
        return f"/api/projects/{self.settings['id']}"

    @property
    def label_names(self) -> list[str]:
        return [label["name"] for label in self.settings["labels"]]

    # Data in

    def add_label(self, name: str) -> str:
        """Add a label at the end of the set, unless there is one of this name; returns its name as it is stored.

        Annotators may where the project has `annotators_add_labels`, managers always.
        """
        added: dict[str, Any] = self.connection.send("POST", f"{self.path}/labels/", {"name": name})
        if added["name"] not in self.label_names:
            self.settings["labels"].append({"name": added["name"]})
        return str(added["name"])

    def add_features(
        self, features: Any, labels: Sequence[Any] | None = None, *, ids: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Add items: texts, dicts, a DataFrame, arrays of numbers (n × d) or of images (n × h × w), PIL images.

        `labels` are mine, as long as `features`, None where there is none; they count as annotations. `ids` are the
        items' external ids: the same ids again update the items. Without ids the content is the id, so running the
        same line twice adds nothing twice. Returns {created, updated, unchanged, rejected}.
        """
        rows = contents.records(features, ids)
        self.connection.pictures.clear()
        return dict(self.connection.send_rows("POST", f"{self.path}/items/", self._labelled(rows, labels)))

    def _labelled(self, rows: Iterable[dict[str, Any]], labels: Sequence[Any] | None) -> Iterable[dict[str, Any]]:
        if labels is None:
            return rows
        rows = list(rows)
        if len(labels) != len(rows):
            raise ValueError(
                f"{len(rows)} features and {len(labels)} labels; there must be as many, None where unknown"
            )
        me = self.connection.get("/api/me/")["username"]
        for row, label in zip(rows, labels, strict=True):
            if label is not None:
                value = label.item() if isinstance(label, np.generic) else label
                row["annotations"] = [{"annotator": me, "value": value if isinstance(value, list) else str(value)}]
        return rows

    def send_vectors(self, ids: Sequence[str], vectors: np.ndarray) -> dict[str, Any]:
        """Send the features (n × d) that our rounds train on, for a project whose features are `given_vectors`."""
        array = io.BytesIO()
        np.save(array, np.asarray(vectors, dtype=np.float32))
        listed = "\n".join(map(str, ids)).encode()
        files = {"vectors": ("vectors.npy", array.getvalue()), "ids": ("ids.txt", listed)}
        return dict(self.connection.send_files("PUT", f"{self.path}/features/", files))

    def set_priorities(self, priorities: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Put items first: rows {external_id or item, priority, votes_wanted?}; priority 1 is asked first."""
        return dict(self.connection.send_rows("PUT", f"{self.path}/priorities/", priorities))

    def send_predictions(
        self, rows: Iterable[dict[str, Any]], model: str = "client", reorder: bool = True, **parameters: Any
    ) -> dict[str, Any]:
        """Send what a model trained elsewhere believes: rows {external_id or item, proba or value, score?}.

        Items with a higher score are asked sooner, when `reorder` is set. Rows without a score are judged by the
        project's acquisition function, or by that of `acquisition=`; `explore=` is the share dealt out at random.
        """
        answer = self.connection.send_rows(
            "PUT", f"{self.path}/predictions/", rows, model=model, reorder=str(reorder).lower(), **parameters
        )
        return dict(answer)

    def add_machine(self, username: str) -> None:
        """Make a member of this name that cannot log in, and votes by `send_votes`."""
        self.connection.send("POST", f"{self.path}/members/", {"username": username, "role": "machine"})

    def send_votes(self, machine: str, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Have a machine member vote: rows {external_id or item, value, confidence?}; the newest of an item counts."""
        return dict(self.connection.send_rows("PUT", f"{self.path}/machines/{machine}/votes/", rows))

    def machines(self) -> list[dict[str, Any]]:
        """How good each machine member is: {username, votes, judged, right, gain, error, counts}."""
        return list(self.connection.get(f"{self.path}/machines/"))

    def change_items(
        self, action: str, *, ids: Sequence[int] | None = None, filter: dict[str, Any] | None = None, **values: Any
    ) -> dict[str, Any]:
        """Do something with many items: those of these ids, or all that `filter` finds as `items` does ({} is all).

        action       needs
        votes_wanted votes_wanted=3
        priority     priority=1, or None to take it back
        flag, unflag
        assign       people=["ann", "abe"], perhaps days=3
        reopen
        Returns {items, changed}: how many were meant, and how many of them are not as they were.
        """
        chosen = {"ids": list(ids)} if ids is not None else {"filter": filter}
        return dict(self.connection.send("POST", f"{self.path}/items/bulk/", {**chosen, "action": action, **values}))

    def change_item(self, item: int, **values: Any) -> dict[str, Any]:
        """Change any of meta, gold, votes_wanted and priority (1 is first, None takes it back) of the item of this id.

        Returns the item as it is then; AnnotateError 400 says what would be right.
        """
        return dict(self.connection.send("PATCH", f"/api/items/{item}/", values))

    def delete_items(
        self,
        *,
        ids: Sequence[int] | None = None,
        filter: dict[str, Any] | None = None,
        most_annotations: int | None = None,
    ) -> dict[str, Any]:
        """Delete items with their annotations; AnnotateError 409 when those are more than `most_annotations`.

        Returns {items, changed, annotations, deletion, restorable_until}; `restore_items` takes the deletion.
        """
        most = {} if most_annotations is None else {"most_annotations": most_annotations}
        return self.change_items("delete", ids=ids, filter=filter, **most)

    def restore_items(self, deletion: int) -> dict[str, Any]:
        """Undo a deletion within its minute; returns {items, not_restored, taken}."""
        return dict(self.connection.send("DELETE", f"{self.path}/deletions/{deletion}/"))

    # Labelling

    def lease(self, count: int = 1) -> list[dict[str, Any]]:
        """Lease the next items of the queue, 100 at most: rows {id, item, status, expires_at, suggestion}.

        Empty when nothing is left for me. They are mine until `expires_at`.
        """
        return list(self.connection.send("POST", f"{self.path}/assignments/", {"count": count}))

    def submit(self, assignment: dict[str, Any], value: Any) -> dict[str, Any]:
        """Answer what I leased: a label's name, a list of names, or what the task type takes; returns the annotation.

        AnnotateError 409 when the lease has ended and the item went to somebody else.
        """
        value = value.item() if isinstance(value, np.generic) else value
        path = f"/api/assignments/{assignment['id']}/annotation/"
        return dict(self.connection.send("PUT", path, {"value": value})["annotation"])

    # Labels out

    def items(self, **filters: Any) -> list[dict[str, Any]]:
        """Every item in the order in which they came; filters as in REST (state, search, label, annotator)."""
        return list(self.connection.rows(f"{self.path}/items/", **filters))

    def similar_items(self, ids: Sequence[int], count: int = 50, *, only_open: bool = False) -> list[dict[str, Any]]:
        """The items whose features are most like one of these ids: rows {item, external_id, similarity}.

        Empty where there is nothing to compare, as before the first round. `change_items("priority", ids=…,
        priority=1)` has them asked about next.
        """
        state = {"state": "open"} if only_open else {}
        path = f"{self.path}/items/similar/"
        return list(self.connection.get(path, to=",".join(map(str, ids)), count=count, **state)["items"])

    def annotations(self, since: str | int | None = None) -> list[dict[str, Any]]:
        """Every annotation; with `since` those stored or changed after an ISO time, or those after an annotation's id.

        The latest `updated_at` of one call is the `since` of the next, which begins after that annotation.
        """
        return list(self.connection.rows(f"{self.path}/annotations/", **({} if since is None else {"since": since})))

    def consensus(self) -> list[dict[str, Any]]:
        """What the votes on each voted item agree on, with the probability of each label."""
        return list(self.connection.rows(f"{self.path}/consensus/"))

    @property
    def new_labels(self) -> list[Any]:
        """The agreed label of every item in the order in which they came; None where nobody has answered."""
        agreed = {row["item"]: row["value"] for row in self.consensus()}
        return [agreed.get(item["id"]) for item in self.items()]

    def export(self, format: str = "jsonl") -> bytes:
        """The project's export, as the server writes it."""
        return self.connection.content(f"{self.path}/export/?format={format}")

    def progress(self) -> dict[str, Any]:
        return dict(self.connection.get(f"{self.path}/progress/"))

    # Webhooks

    def webhooks(self) -> list[dict[str, Any]]:
        """The addresses that are told what happens, each with `delivered_at`, `error` and `switched_off`."""
        return list(self.connection.rows(f"{self.path}/webhooks/"))

    def add_webhook(self, url: str, events: Sequence[str], secret: str = "") -> dict[str, Any]:
        """Have events such as "item.done" sent to an address from now on, signed where there is a secret.

        Returns the webhook; AnnotateError 400 names the events that there are, or says why the address is refused.
        """
        request = {"url": url, "events": list(events), "secret": secret}
        return dict(self.connection.send("POST", f"{self.path}/webhooks/", request))

    def change_webhook(self, webhook: int, **values: Any) -> dict[str, Any]:
        """Change any of url, events, secret and active; one that was switched off goes on where it stopped."""
        return dict(self.connection.send("PATCH", f"{self.path}/webhooks/{webhook}/", values))

    def test_webhook(self, webhook: int) -> dict[str, Any]:
        """Send a test event now; returns {received, status, error, seconds}."""
        return dict(self.connection.send("POST", f"{self.path}/webhooks/{webhook}/test/"))

    def remove_webhook(self, webhook: int) -> None:
        self.connection.send("DELETE", f"{self.path}/webhooks/{webhook}/")

    # Models

    def retrain(self) -> dict[str, Any]:
        """Ask for a round of the server's own model; returns it as it was queued."""
        return dict(self.connection.send("POST", f"{self.path}/rounds/"))

    def rounds(self) -> list[dict[str, Any]]:
        return list(self.connection.rows(f"{self.path}/rounds/"))

    def undo_round(self, round: int) -> int | None:
        """Have the order of the round before return; its number, or None for the project's own order.

        AnnotateError 409 unless the order of this round is in force.
        """
        number = self.connection.send("DELETE", f"/api/rounds/{round}/order/")["in_force"]
        return None if number is None else int(number)

    def compare_rounds(self, first: int, second: int) -> dict[str, Any]:
        """Two rounds side by side: {record, same_next, agreement, on_test}."""
        return dict(self.connection.get(f"/api/rounds/{first}/comparison/", **{"with": second}))

    def model(self, round: int) -> bytes:
        """The model of a round as a file of skops; written to disk, `annotate_kit.trained.load` reads it."""
        return self.connection.content(f"/api/rounds/{round}/model/")

    def orchestrate(
        self,
        model: Any,
        acquisition: str | Acquisition = "margin",
        interval_seconds: float | None = None,
        interval_n_labels: int = 0,
        model_preprocess: Any = None,
        eval_method: Any = None,
        explore: float = 0.1,
        max_runs: float | None = None,
        seed: int | None = None,
        classes: Sequence[str] | None = None,
    ) -> list[float | None]:
        """Train a model of yours on the labels so far and let it order the queue; once, or again and again.

        model              has fit(X, y), predict_proba(X) and classes_, like scikit-learn's
        acquisition        the name of one of the server's, or a function of proba (n, K) -> scores (n,)
        interval_seconds   None: one run, for cron; else a run every so many seconds, `max_runs` times at most
        interval_n_labels  run only if so many new labels came since the last run
        model_preprocess   f(X, y) -> (X, y), called with y=None for the unlabelled
        eval_method        f(model, X, y) -> score(s); the default is scikit-learn's 3-fold cross_val_score
        explore            share of the positions that are dealt out at random
        classes            the label of each column of predict_proba, where it cannot be found out
        Lists of labels (multiple choice) are given to the model as n × K zeros and ones, for OneVsRestClassifier,
        MultiOutputClassifier and the like. Returns the score of each run, None where there were too few labels to
        evaluate. Raises PredictionsRejected when the server does not take what the model predicts, UnknownClasses
        when nobody can tell which labels its classes are.
        """
        plan = orchestrating.Plan(model, acquisition, model_preprocess, eval_method, explore, seed, classes)
        return orchestrating.orchestrate(self, plan, interval_seconds, interval_n_labels, max_runs)
