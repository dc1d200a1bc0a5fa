"""How `{{ form }}` and `{{ field.as_field_group }}` look, in allauth's pages as in ours."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    form_template_name = "site/form.html"
    field_template_name = "site/field.html"
