"""The task type's own editor for a single item, in practice and in review: no other items are leased ahead."""

from typing import Any

from accounts.models import User
from annotate.api import shapes
from annotate.models import Item
from annotate.templatetags import controls
from annotate.views.labelling import label
from projects.hotkeys import for_scripts
from projects.models import Project


def context(project: Project, item: Item, person: User, parts: Any) -> dict[str, Any]:
    """What its template and its script are given; `parts` are drawn from the start, and may still be changed."""
    labels = list(project.labels.all())
    return {
        "item": label.item_context(item, project),
        "task_template": controls.template_of(project),
        "keys_templates": controls.keys_templates_of(project),
        "task_script": f"annotate/tasktypes/{project.task_type}.js",
        "choices": controls.choices(project),
        "columns": controls.columns(labels),
        "enabled": True,
        "whole_form": True,
        "options": project.spec.options,
        "bootstrap": {
            "review": {"item": shapes.content(item), "parts": parts},
            "set_up": True,
            "labels": for_scripts(labels),
            "single_keys": person.single_key_shortcuts,
        },
    }
