"""The field that makes a form count once (see ``apps.common.once``)."""

from __future__ import annotations

import secrets

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.common.once import FIELD

register = template.Library()


@register.simple_tag
def once() -> SafeString:
    """A hidden field with a fresh value. Browsers are asked not to restore an old one."""
    return format_html(
        '<input type="hidden" name="{}" value="{}" autocomplete="off">',
        FIELD,
        secrets.token_urlsafe(18),
    )
