"""What a task type knows of its answers. A type is three files with one stem: this folder's `X.py`,
`templates/annotate/tasktypes/X.html` and `annotate/static/annotate/tasktypes/X.js`.

Each module has
    `multiple`: whether a value can hold several labels at once,
    `least_labels`: how many labels a project of this type needs,
    `clean(value, labels) -> value`: the value as it is stored, or ValueError saying what would be right,
    `votes(value, labels) -> list[int]`: the positions of the chosen labels,
    `value(positions, labels) -> value`: the other way round,
    `from_form(form) -> value`: what the labelling screen's form says, for browsers without JavaScript.
`labels` are the label names of the project, in order.
"""

from annotate_kit.registry import Registry

registry = Registry(__name__)
