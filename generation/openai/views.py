"""`/v1/…`: pictures, edits, conversations and models, as the official `openai` clients ask for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.views import caller
from common.errors import InvalidInput
from common.parsers import MultiPartParser
from content.models import Content
from content.services import store_upload
from generation.models import Job, JobKind
from generation.openai import schema
from generation.openai.answers import completed_events, images_body, partial_event
from generation.openai.catalogue import ListedModel, find_model, list_models
from generation.openai.chat import ChatRequest, completion, first_chunk, later_chunks
from generation.openai.errors import NO_RETRY, StillRunning, UnsupportedParameter, check_succeeded, error_body, handle
from generation.openai.images import EditRequest, GenerationRequest, ImagesRequest
from generation.openai.streaming import DONE, frame, preview_of, progress, stream_response
from generation.pictures import check_mask, with_picture
from generation.selectors import job_of
from generation.services import submit
from generation.views.asynchronous import IgnoreAccept, in_thread
from generation.views.events import KEEP_ALIVE
from generation.views.waiting import JobMakingView, idempotency_key, preferences

Handler = Callable[[Exception, dict[str, Any]], HttpResponseBase | None]


class OpenAIErrors(APIView):
    """The base of every view here: errors with the headers that OpenAI's clients act on."""

    content_negotiation_class = IgnoreAccept

    def get_exception_handler(self) -> Handler:
        return handle


class OpenAIJobView(OpenAIErrors, JobMakingView):
    """Makes a job and waits for it, or streams what becomes of it. A client that goes away does not cancel it."""

    # The valid request.
    asked: dict[str, Any]

    def body(self, request: Request, job: Job) -> dict[str, Any]:
        """The answer for a job that succeeded."""
        raise NotImplementedError

    def frames(self, request: Request, job: Job, seconds: float) -> AsyncIterator[bytes]:
        """The events of a stream."""
        raise NotImplementedError

    def seconds_to_wait(self, request: Request) -> float:
        return 0 if "respond-async" in preferences(request) else float(settings.DOCUMENTED_WAIT_SECONDS)

    async def wait(self, request: Request, job_id: UUID, seconds: float) -> HttpResponseBase:
        if not self.asked["stream"]:
            return await super().wait(request, job_id, seconds)
        job = await in_thread(lambda: job_of(owner=caller(request), job_id=job_id))()
        return stream_response(self.frames(request, job, seconds))

    def ended(self, request: Request, job: Job) -> HttpResponseBase:
        check_succeeded(job)
        if self.asked["stream"]:
            # The job of an earlier request with the same idempotency key.
            return stream_response(self.frames(request, job, float(settings.DOCUMENTED_WAIT_SECONDS)))
        return Response(self.body(request, job))

    def not_ended(self, request: Request, job: Job) -> Response:
        url = self.job_url(request, job)
        if "respond-async" in preferences(request):
            return Response({"job": url, "status": job.status}, status=202)
        return Response(error_body(StillRunning(url)), status=StillRunning.status, headers=NO_RETRY)

    @staticmethod
    def job_url(request: Request, job: Job) -> str:
        """Where the job can be looked at."""
        return request.build_absolute_uri(reverse("job", args=[job.id]))

    def last_frames(self, request: Request, job_id: UUID, make: Callable[[Job], Any]) -> Callable[[], Any]:
        """A coroutine function: the frames of what `make` says of the job, which must have succeeded."""

        def read() -> list[bytes]:
            job = job_of(owner=caller(request), job_id=job_id)
            check_succeeded(job)
            return [frame(data) for data in make(job)]

        return in_thread(read)


class ImagesView(OpenAIJobView):
    """What both endpoints of pictures do after their job is made."""

    def body(self, request: Request, job: Job) -> dict[str, Any]:
        return images_body(job, self.asked, request.build_absolute_uri)

    async def frames(self, request: Request, job: Job, seconds: float) -> AsyncIterator[bytes]:
        sent, wanted = 0, self.asked["partial_images"]
        yield KEEP_ALIVE  # The headers go out now.
        async with aclosing(progress(job.id, seconds=seconds, job_url=self.job_url(request, job))) as events:
            async for event in events:
                if event is None:
                    yield KEEP_ALIVE
                    continue
                preview = preview_of(event)
                # Spread over the job, however long it takes; of a short one what there is.
                due = event["step"] * (wanted + 1) >= event["steps"] * (sent + 1)
                if preview is not None and sent < wanted and due:
                    yield frame(await in_thread(partial_event)(job, self.asked, sent, preview))
                    sent += 1
        for each in await self.last_frames(request, job.id, lambda ended: completed_events(ended, self.asked))():
            yield each

    def take(self, request: Request, form: type[ImagesRequest]) -> Any:
        """The valid request, as its serializer."""
        body = form(data=request.data)
        body.is_valid(raise_exception=True)
        self.asked = body.validated_data
        return body


class Generations(ImagesView):
    @extend_schema(**schema.GENERATIONS)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = self.take(request, GenerationRequest)
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE,
            params=body.job_params(),
            model=self.asked.get("model"),
            idempotency_key=idempotency_key(request),
        )


class Edits(ImagesView):
    """A picture drawn anew by a prompt, or only where its mask is transparent."""

    parser_classes = [MultiPartParser]

    @extend_schema(**schema.EDITS)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = self.take(request, EditRequest)
        key = idempotency_key(request)
        picture, mask = _pictures(request)
        params = with_picture(JobKind.IMAGE_TO_IMAGE, body.edit_params(has_mask=mask is not None), picture)
        if mask is not None:
            check_mask(mask, picture)
            params["mask"] = mask.cid
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE_TO_IMAGE,
            params=params,
            model=self.asked.get("model"),
            idempotency_key=key,
        )


class ChatCompletions(OpenAIJobView):
    @extend_schema(**schema.CHAT_COMPLETIONS)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = ChatRequest(data=request.data)
        body.is_valid(raise_exception=True)
        self.asked = body.validated_data
        return submit(
            owner=caller(request),
            kind=JobKind.TEXT,
            params=self.asked["params"],
            model=self.asked.get("model"),
            idempotency_key=idempotency_key(request),
        )

    def body(self, request: Request, job: Job) -> dict[str, Any]:
        return completion(job)

    async def frames(self, request: Request, job: Job, seconds: float) -> AsyncIterator[bytes]:
        """Engines give a text as a whole: its words come when it is written."""
        yield frame(first_chunk(job))
        async with aclosing(progress(job.id, seconds=seconds, job_url=self.job_url(request, job))) as events:
            async for event in events:
                if event is None:
                    yield KEEP_ALIVE
        usage = self.asked.get("stream_options", {}).get("include_usage", False)
        for each in await self.last_frames(request, job.id, lambda ended: later_chunks(ended, include_usage=usage))():
            yield each
        yield DONE


class Models(OpenAIErrors):
    """What the caller can name as `model`."""

    @extend_schema(**schema.MODELS)
    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": [_entry(model) for model in list_models(viewer=caller(request))]})


class ModelDetail(OpenAIErrors):
    @extend_schema(**schema.MODEL)
    def get(self, request: Request, name: str) -> Response:
        return Response(_entry(find_model(viewer=caller(request), name=name)))


def _entry(model: ListedModel) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": model.created, "owned_by": model.owned_by}


def _pictures(request: Request) -> tuple[Content, Content | None]:
    """The picture of the form and its mask, stored as uploads. Raises `InvalidInput`, naming the field."""
    pictures = [file for name in ("image", "image[]") for file in request.FILES.getlist(name)]
    if not pictures:
        sentence = "'image' is required: send one picture, as a file."
        raise InvalidInput(sentence, errors={"image": [sentence]})
    if len(pictures) > 1:
        raise UnsupportedParameter("image", "Send one picture: no model here reads several.")
    masks = request.FILES.getlist("mask")
    if len(masks) > 1 or (not masks and "mask" in request.data):
        sentence = "'mask' must be one picture, as a file."
        raise InvalidInput(sentence, errors={"mask": [sentence]})
    picture = _stored(request, "image", pictures[0].read())
    return picture, _stored(request, "mask", masks[0].read()) if masks else None


def _stored(request: Request, field: str, data: bytes) -> Content:
    try:
        return store_upload(owner=caller(request), data=data)
    except InvalidInput as error:
        sentence = error.message.replace("'image'", f"'{field}'")
        raise InvalidInput(sentence, errors={field: [sentence]}) from error
