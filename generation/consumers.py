"""Websockets that tell what happens to jobs. Who may open one by cookie is decided before, in `config.routing`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts.models import User
from common.errors import NotFound
from common.events import JobEvent, JobMessage, job_group, owner_group
from generation.models import Status
from generation.presentation import message_of_progress, message_of_row, messages_of_rows
from generation.selectors import job_of, jobs_of
from generation.tickets import redeem_ticket
from generation.views.asynchronous import in_thread

logger = logging.getLogger(__name__)

UNAUTHENTICATED = 4401
NOT_FOUND = 4404
# A place in the queue changes without an event of the job's own.
REFRESH_SECONDS = 3.0
MOST_ACTIVE_JOBS = 50


class StateConsumer(AsyncWebsocketConsumer):
    """Sends messages of jobs: their state at the start, then what events say. What clients send is ignored."""

    user: User
    _group: str | None = None
    _refreshing: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # A close code reaches a browser only after the handshake; no message goes before it.
        await self.accept()
        user = await _in_pool(_user_of)(self.scope)
        if user is None:
            await self.close(UNAUTHENTICATED)
            return
        self.user = user
        try:
            # The group first: an event of the time in between comes twice rather than never.
            group = self.group()
            await self.channel_layer.group_add(group, self.channel_name)
            self._group = group
            more = await self._send_state()
        except NotFound:
            await self.close(NOT_FOUND)
            return
        if more:
            self._refresh()

    async def disconnect(self, code: int) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
        if self._group is not None:
            await self.channel_layer.group_discard(self._group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected from clients."""

    async def job_event(self, event: JobEvent) -> None:
        """A job of the group has made a step or changed its state."""
        if event["status"] == "running":
            await self._send(message_of_progress(event))
            return
        try:
            await self._send(await _in_pool(_message)(self.user, UUID(event["id"])))
        except NotFound:
            return  # It was deleted meanwhile.
        if event["status"] == "queued":
            self._refresh()

    def group(self) -> str:
        """The channel-layer group to listen to. Raises `NotFound`."""
        raise NotImplementedError

    def state(self) -> list[JobMessage]:
        """Messages of the present state. Queries; raises `NotFound`."""
        raise NotImplementedError

    async def _send_state(self, *, only: Status | None = None) -> bool:
        """Send the present state (of jobs in the state `only`); whether one of them is queued."""
        messages = await _in_pool(self.state)()
        for message in messages:
            if only is None or message["status"] == only:
                await self._send(message)
        return any(message["status"] == Status.QUEUED for message in messages)

    def _refresh(self) -> None:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh_places())

    async def _refresh_places(self) -> None:
        """Tell the places in the queue, as long as something is queued."""
        try:
            more = True
            while more:
                await asyncio.sleep(REFRESH_SECONDS)
                more = await self._send_state(only=Status.QUEUED)
        except NotFound:
            pass
        except Exception:  # The database may be away for a while: events and the next connection tell the rest.
            logger.warning("The places in the queue could not be read", exc_info=True)

    async def _send(self, message: JobMessage) -> None:
        await self.send(text_data=orjson.dumps(message).decode())


class JobConsumer(StateConsumer):
    """`/ws/jobs/<id>/`: one job of the user."""

    def group(self) -> str:
        return job_group(self._job_id())

    def state(self) -> list[JobMessage]:
        return [_message(self.user, self._job_id())]

    def _job_id(self) -> UUID:
        try:
            return UUID(self.scope["url_route"]["kwargs"]["job_id"])
        except ValueError:
            raise NotFound from None


class OwnerConsumer(StateConsumer):
    """`/ws/me/`: all jobs of the user. At the start those that have not ended, at most 50, oldest first."""

    def group(self) -> str:
        return owner_group(self.user.public_id)

    def state(self) -> list[JobMessage]:
        active = jobs_of(owner=self.user).filter(status__in=(Status.QUEUED, Status.RUNNING))
        return messages_of_rows(active.order_by("created_at", "id")[:MOST_ACTIVE_JOBS], _to_url)


def _in_pool(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    return in_thread(function, shared=True)


def _user_of(scope: dict[str, Any]) -> User | None:
    """The user of the ticket in the query, or else of the session. Queries."""
    tickets = parse_qs(scope["query_string"].decode("latin-1")).get("ticket")
    if tickets:
        return redeem_ticket(ticket=tickets[0])
    user = scope.get("user")
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    return User.objects.filter(pk=user.pk).first()


def _message(user: User, job_id: UUID) -> JobMessage:
    return message_of_row(job_of(owner=user, job_id=job_id), _to_url)


def _to_url(path: str) -> str:
    # A page resolves a path against its own address; other programs want the public one.
    return settings.PUBLIC_URL + path
