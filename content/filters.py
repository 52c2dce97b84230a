"""What a list of content can be narrowed to."""

import django_filters

from content.models import Content, Kind, Visibility


class ContentFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`?kind=`, `?visibility=`, `?q=` (a part of the prompt, case ignored)."""

    kind = django_filters.ChoiceFilter(choices=Kind.choices)
    visibility = django_filters.ChoiceFilter(choices=Visibility.choices)
    q = django_filters.CharFilter(field_name="prompt", lookup_expr="icontains", max_length=200)

    class Meta:
        model = Content
        fields: list[str] = []
