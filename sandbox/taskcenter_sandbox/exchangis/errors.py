"""What the endpoints refuse, as Exchangis says it (facts section 1.4)."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 # an answer more than an error
    """Status 1 with a text.

    :param in_brackets: of the text, only what stands in its first square brackets is shown.
    :param method: what the controller sets by hand, None for the path.
    """

    def __init__(self, text: str, *, in_brackets: bool = False, method: str | None = None) -> None:
        super().__init__(text)
        self.in_brackets = in_brackets
        self.method = method
        self.data: dict[str, Any] = {}


class Unforeseen(Exception):  # noqa: N818 # likewise
    """An exception that the real server does not foresee either, such as a NullPointerException.

    :param name: the Java class, without its package.
    """

    def __init__(self, name: str = "NullPointerException", text: str = "null") -> None:
        super().__init__(text)
        self.name = name


def no_permission(what: str) -> Refused:
    """The refusal of somebody else's things."""
    return Refused(f"You have no permission to {what}(没有权限)")
