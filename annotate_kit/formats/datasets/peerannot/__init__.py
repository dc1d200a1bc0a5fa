"""Folders as peerannot keeps them: `answers.json`, `metadata.json`, `train/<class>/<name>-<key>.<ext>`, `labels/*.npy`.

What is read is looked at first: FolderError names the file, the key and the value, and says what would be right. What
is written is written aside and renamed, so that no file is ever half there.
"""

from .answers import ANSWER_FORMATS, Answers, read_answers, write_answers
from .files import FolderError, check_writable, load_array, save_array, save_json, save_text
from .folder import (
    Folder,
    Metadata,
    labels_path,
    read_authors,
    read_folder,
    read_metadata,
    read_removed,
    read_scores,
    write_labels,
)
from .images import Image, key_of, read_class_names, read_images
from .installing import Installation, install

__all__ = [
    "ANSWER_FORMATS",
    "Answers",
    "Folder",
    "FolderError",
    "Image",
    "Installation",
    "Metadata",
    "check_writable",
    "install",
    "key_of",
    "labels_path",
    "load_array",
    "read_answers",
    "read_authors",
    "read_class_names",
    "read_folder",
    "read_images",
    "read_metadata",
    "read_removed",
    "read_scores",
    "save_array",
    "save_json",
    "save_text",
    "write_answers",
    "write_labels",
]
