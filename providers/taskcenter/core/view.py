"""A system's documented endpoints as they are passed on to people who have no credentials of their own for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from taskcenter.core.endpoint import Call, Content, Endpoint, Reply
from taskcenter.core.errors import AuthenticationError, ConfigurationError, ErrorContext, RemoteError
from taskcenter.core.flow import Flow

_LOOK_BYTES = 1 << 16
"""No refusal of credentials is longer."""


class UnfitRequestError(ConfigurationError):
    """A request cannot be passed on as it is; who sent it must change it."""


class ForwardingApi(Protocol):
    """What a system's API has for this, beside its own methods."""

    def forward(self, request: ForwardedRequest) -> Flow[Reply]:
        """Make somebody else's request as the connection's user, and return the answer as it is.

        :raises AuthenticationError: the system refuses the connection's credentials.
        :raises UnavailableError: no answer came.
        :raises UnfitRequestError: it cannot be made.
        """


@dataclass(frozen=True)
class ForwardedRequest:
    """A request to pass on.

    :param endpoint: the endpoint, as the provider declares it.
    :param path_args: by name in the declared path.
    :param query: by name, one or more values; only such names as the endpoint takes.
    :param content: the body, None where there is none.
    :param user: as whom, where it is not the connection's own user and the system can do that.
    """

    endpoint: Endpoint
    path_args: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    content: Content | None = None
    user: str | None = None

    def call(self, endpoint: Endpoint | None = None) -> Call:
        """The call; its value is the answer itself.

        :param endpoint: where the system has it, if that is not as declared.
        """
        target = endpoint or self.endpoint
        return Call(as_it_is(target), path_args=self.path_args, query=self.query, content=self.content)


@dataclass(frozen=True)
class View:
    """The documented view of a system.

    :param name: the system's name: of its options, and in messages.
    :param title: its name for readers.
    :param conn_type: the type of connection that leads to it.
    :param hook: the hook class, as it is to be imported.
    :param prefix: what stands before the paths of the endpoints.
    :param endpoints: the documented ones.
    :param refusal: the system's envelope around an error: from HTTP status, message and path.
    :param documented: an endpoint at the document's path and verb, where the system has it elsewhere.
    :param probe: a harmless endpoint, which renews an expired session before a body is sent that cannot be sent twice.
    :param identifies: whether a request can be made as another user than the connection's.
    :param actors: names in a body by which it could claim another user.
    """

    name: str
    title: str
    conn_type: str
    hook: str
    prefix: str
    endpoints: tuple[Endpoint, ...]
    refusal: Callable[[int, str, str], dict[str, Any]]
    documented: Callable[[Endpoint], Endpoint] = lambda endpoint: endpoint
    probe: Endpoint | None = None
    identifies: bool = False
    actors: tuple[str, ...] = ()

    def path_of(self, endpoint: Endpoint) -> str:
        """The whole path template under which the document lists an endpoint."""
        listed = self.documented(endpoint)
        return f"{self.prefix if listed.prefixed else ''}{listed.path}"


def as_it_is(endpoint: Endpoint) -> Endpoint:
    """The endpoint with an answer that nobody parses, but for the refusal of a session that has expired."""

    def look(reply: Reply, context: ErrorContext) -> Reply:
        if not reply.streamed and len(reply.body) <= _LOOK_BYTES:
            try:
                endpoint.parse(reply, context)
            except AuthenticationError:
                raise
            except RemoteError:
                pass  # the asker's business
        return reply

    return replace(endpoint, parse=look)
