"""The files of Label Studio."""

import orjson
import pytest

from annotate_kit.formats.datasets import Example, registry
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.dataset_files import read


class TestLabelStudio:
    def task(self, **value):
        result = {"type": "labels", "value": {"labels": ["PER"], **value}}
        by_ann = {"completed_by": {"email": "ann@x.org"}, "result": [result]}
        return {"data": {"text": "👋 Anna"}, "annotations": [by_ann]}

    @pytest.mark.parametrize("offsets", [{"start": 3, "end": 7}, {"start": 2, "end": 6}])
    def test_offsets_are_read_as_what_fits_the_text(self, offsets):
        (example,) = read("label_studio", orjson.dumps([self.task(text="Anna", **offsets)]))
        assert example.annotations == [{"annotator": "ann@x.org", "value": [{"start": 2, "end": 6, "label": "PER"}]}]

    def test_offsets_that_fit_nothing_are_rejected(self):
        (rejected,) = read("label_studio", orjson.dumps([self.task(text="Anna", start=0, end=2)]))
        assert "at 0 to 2 the text has" in rejected.error

    def test_a_turned_box_is_a_polygon(self):
        value = {"x": 50, "y": 50, "width": 10, "height": 20, "rotation": 90, "rectanglelabels": ["car"]}
        result = {"type": "rectanglelabels", "original_width": 100, "original_height": 100, "value": value}
        task = {"data": {"image": "a.jpg"}, "annotations": [{"ground_truth": True, "result": [result]}]}
        (example,) = read("label_studio", orjson.dumps([task]))
        assert example == Example("a.jpg", None, 100, 100, [
            {"polygon": [[50.0, 50.0], [50.0, 60.0], [30.0, 60.0], [30.0, 50.0]], "label": "car"},
        ])  # fmt: skip

    POSE = (
        {"id": "r", "type": "rectanglelabels",
         "value": {"x": 5, "y": 5, "width": 50, "height": 60, "rectanglelabels": ["cat"]}},
        {"id": "a", "parentID": "r", "type": "keypointlabels", "value": {"x": 10, "y": 20, "keypointlabels": ["nose"]}},
        {"id": "b", "parentID": "r", "type": "keypointlabels", "meta": {"text": ["hidden"]},
         "value": {"x": 30, "y": 40, "keypointlabels": ["tail"]}},
        {"id": "c", "type": "rectanglelabels",
         "value": {"x": 0, "y": 0, "width": 4, "height": 4, "rectanglelabels": ["dog"]}},
        {"id": "d", "type": "keypointlabels", "value": {"x": 1, "y": 2, "keypointlabels": ["fly"]}},
    )  # fmt: skip

    def pose(self, *more):
        results = [{"original_width": 200, "original_height": 100, **entry} for entry in (*self.POSE, *more)]
        return orjson.dumps([{"data": {"image": "a.jpg"}, "annotations": [{"ground_truth": True, "result": results}]}])

    @pytest.mark.parametrize(("kind", "expected"), [
        (None, [
            {"box": [0, 0, 8, 4], "label": "dog"}, {"point": [2, 2], "label": "fly"},
            {"keypoints": {"nose": [20, 20, 2], "tail": [60, 40, 1]}, "label": "cat"},
        ]),
        ("boxes", [
            {"box": [10, 5, 110, 65], "label": "cat"}, {"box": [0, 0, 8, 4], "label": "dog"},
            {"point": [2, 2], "label": "fly"},
        ]),
        ("points", [
            {"box": [0, 0, 8, 4], "label": "dog"}, {"point": [2, 2], "label": "fly"},
            {"point": [20, 20], "label": "nose"}, {"point": [60, 40], "label": "tail"},
        ]),
    ])  # fmt: skip
    def test_keypoints_in_a_rectangle_are_one_object_or_points_or_a_box_as_one_wants(self, kind, expected):
        assert read("label_studio", self.pose(), kind=kind)[0].value == expected

    def test_a_joint_that_is_there_twice_is_rejected(self):
        (rejected,) = read("label_studio", self.pose({**self.POSE[1], "id": "e"}))
        assert rejected.error == "an object has each joint once; r has 'nose' twice"

    def test_skipped_annotations_are_passed_over_and_other_results_named(self):
        task = self.task(start=3, end=7)
        task["annotations"][0]["result"].append({"type": "choices", "value": {"choices": ["good"]}})
        of_region = {"type": "choices", "value": {"start": 3, "end": 7, "text": "Anna", "choices": ["sure"]}}
        task["annotations"][0]["result"] += [of_region, of_region, {"type": "rating", "value": {"rating": 4}}]
        task["annotations"].append({"was_cancelled": True, "result": []})
        example, rejected = read("label_studio", orjson.dumps([task]))
        assert len(example.annotations) == 1
        named = "choices (1), choices of regions (2), rating (1)"
        right = "choices go into a project of single or multiple choice; rating go into a project of ratings"
        assert rejected == Rejected(1, None, f"left out: {named}; {right}")

    def test_paths_of_a_taxonomy_are_the_labels_at_their_ends(self):
        result = {"type": "taxonomy", "value": {"taxonomy": [["food", "fruit", "apple"], ["food", "bread"]]}}
        task = {"data": {"text": "x"}, "annotations": [{"completed_by": 1, "result": [result]}]}
        (example,) = read("label_studio", orjson.dumps([task]), kind="multiple_choice")
        assert example.annotations == [{"annotator": "1", "value": ["apple", "bread"]}]
        (rejected,) = read("label_studio", orjson.dumps([task]), kind="spans")
        assert "it has taxonomy, none of which are spans; taxonomy go into a project of single" in rejected.error


@pytest.mark.parametrize("size", [{"text": "Anna left"}, {"width": 100, "height": 50}, {}])
def test_ratings_come_back_as_they_were(size):
    people = [{"annotator": "ann", "value": 4, "seconds": 2.5}, {"annotator": "abe", "value": 3.5}]
    item = Example("a", **size, value=3.75, annotations=people, predictions=[{"model": "m", "value": 4}])
    written = registry.load("label_studio").write([item], kind="rating")
    types = [row["result"][0]["type"] for row in orjson.loads(written)[0]["annotations"]]
    assert types == ["rating", "number", "number"]
    assert read("label_studio", written, kind="rating") == [item]


def test_two_ratings_of_one_item_are_rejected():
    result = [{"type": "rating", "from_name": "stars", "value": {"rating": 3}}] * 2
    task = {"data": {"text": "x"}, "annotations": [{"completed_by": 1, "result": result}]}
    (rejected,) = read("label_studio", orjson.dumps([task]), kind="rating")
    assert rejected.error == "an answer is one rating; there are 3, 3"


@pytest.mark.parametrize("name", ["spans", "boxes", "keypoints"])
def test_what_models_predict_comes_back_as_it_was(name):
    part, size = {
        "spans": ({"start": 0, "end": 4, "label": "PER"}, {"text": "Anna left"}),
        "boxes": ({"box": [1.0, 2.0, 30.0, 40.0], "label": "car"}, {"width": 100, "height": 50}),
        "keypoints": ({"keypoints": {"nose": [20.0, 10.0, 2]}, "label": "cat"}, {"width": 100, "height": 50}),
    }[name]
    parts = [{**part, "probability": 0.25}]
    sure = {"model": "m", "value": [part], "parts": parts, "score": 0.25}
    item = Example("a", **size, predictions=[sure, {"model": "n", "value": [part]}])
    assert read("label_studio", registry.load("label_studio").write([item])) == [item]


class TestWhatProjectsThereAreLike:
    """Tasks of labelling configurations that people have, beside one kind of labels."""

    ON_PICTURE = {"original_width": 100, "original_height": 50, "from_name": "label", "to_name": "image"}
    PLACE = {"x": 10, "y": 10, "width": 20, "height": 40, "rotation": 0}

    def read(self, data, *results):
        task = {"id": 5, "data": data, "annotations": [{"ground_truth": True, "result": list(results)}]}
        (example,) = read("label_studio", orjson.dumps([task]))
        return example

    def span(self, *labels):
        return {"id": "a", "type": "labels", "value": {"start": 0, "end": 4, "text": "Anna", "labels": labels}}

    def box(self, kind="rectanglelabels", **value):
        return {**self.ON_PICTURE, "id": "r", "type": kind, "value": {**self.PLACE, **value}}

    def test_each_label_of_a_region_is_a_part(self):
        value = [{"start": 0, "end": 4, "label": "PER"}, {"start": 0, "end": 4, "label": "VIP"}]
        assert self.read({"text": "Anna"}, self.span("PER", "VIP")).value == value
        boxes = self.read({"image": "a.png"}, self.box(rectanglelabels=["car", "red"])).value
        assert [part["label"] for part in boxes] == ["car", "red"]

    def test_a_span_of_several_labels_has_no_relations(self):
        end = {"type": "relation", "from_id": "a", "to_id": "a"}
        rejected = self.read({"text": "Anna"}, self.span("PER", "VIP"), end)
        assert rejected.error == "a span of a relation has one label; 'a' has several"

    @pytest.mark.parametrize("kind", ["ellipselabels", "brushlabels", "hypertextlabels"])
    def test_regions_that_are_not_read_are_not_left_out_in_silence(self, kind):
        rejected = self.read({"image": "a.png"}, self.box(rectanglelabels=["car"]), {"type": kind, "value": {}})
        assert f"a result of type {kind} is not read; labels, rectanglelabels" in rejected.error
        assert rejected.external_id == "a.png"

    def test_labels_beside_a_rectangle_name_it(self):
        example = self.read({"image": "a.png"}, self.box("rectangle"), self.box("labels", labels=["car"]))
        assert (example.external_id, example.value) == ("a.png", [{"box": [10, 5, 30, 25], "label": "car"}])

    @pytest.mark.parametrize("data", [
        {"photo": "/data/upload/1/a.png"},
        {"text": "in the street", "image": "/data/upload/1/a.png"},
        {"caption": "in the street", "photo": "/data/upload/1/a.png"},
    ])  # fmt: skip
    def test_a_picture_is_what_shapes_are_on_whatever_it_is_called(self, data):
        example = self.read(data, self.box(rectanglelabels=["car"]))
        assert (example.external_id, example.text, len(example.value)) == ("/data/upload/1/a.png", None, 1)

    def test_a_text_is_what_has_the_spans_whatever_it_is_called(self):
        example = self.read({"source": "the web", "sentence": "Anna left"}, self.span("PER"))
        assert (example.external_id, example.text) == ("5", "Anna left")
        rejected = self.read({"source": "the web", "sentence": "Bo left"}, self.span("PER"))
        assert "data must have a text or an image; it has source, sentence" in rejected.error
