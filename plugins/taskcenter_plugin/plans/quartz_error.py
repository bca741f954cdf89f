"""The one error of the Quartz evaluator."""

from __future__ import annotations


class QuartzError(ValueError):
    """An expression or a time zone that Quartz, or Java, would not take; the message names the field, the value and the reason."""
