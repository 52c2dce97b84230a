"""Adding, changing and deleting personal models."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import check_stored_bytes, lock_quota, record_use
from common.database import transactional
from common.errors import InvalidInput
from generation.checkpoints import find_checkpoint
from generation.errors import ModelNotFound
from generation.models import Capability, Checkpoint, ModelState, PersonalModel, WeightsKind
from generation.personal import aliases, files
from generation.personal.checks import check_lora, check_pipeline, layers_of
from generation.personal.errors import AliasTaken, StaffOnly

# What diffusers calls the file that it writes.
DEFAULT_FILE = "pytorch_lora_weights.safetensors"


def add_upload(
    *,
    owner: User,
    alias: str,
    pieces: Iterable[bytes],
    checkpoint: str | None = None,
    instance_token: str = "",
    shared: bool = False,
) -> PersonalModel:
    """A LoRA from the bytes of its file, ready at once; `checkpoint` is a slug, None means the default.

    Raises `InvalidInput` for an alias, a file or a size that cannot be, `ModelNotFound` for an unknown checkpoint,
    `AliasTaken`, `QuotaReached`, `StorageFull` and `WeightsMissing`.
    """
    base = _prepare(owner=owner, alias=alias, checkpoint=checkpoint)
    with files.receive(pieces) as draft:
        check_lora(draft.path, base)
        with files.kept():
            files.keep_lora(draft)
            return _create(
                owner=owner,
                alias=alias,
                checkpoint=base,
                kind=WeightsKind.LORA,
                source=f"sha256:{draft.sha256}",
                revision=draft.sha256,
                digest=draft.sha256,
                size_bytes=draft.size_bytes,
                state=ModelState.READY,
                instance_token=instance_token,
                shared=shared,
            )


def add_source(
    *,
    owner: User,
    alias: str,
    kind: str,
    source: str,
    revision: str = "",
    file: str = DEFAULT_FILE,
    checkpoint: str | None = None,
    instance_token: str = "",
    shared: bool = False,
) -> PersonalModel:
    """A LoRA or a pipeline of the hub at a pinned commit, or a pipeline in `folder:PATH` below the models folder.

    It is a draft at first: the housekeeper fetches it, looks at it, and makes it ready or failed. Raises what
    `add_upload` raises, `StaffOnly`, and `UnusablePipeline` for a folder that holds none.
    """
    _check_source(kind=kind, source=source, revision=revision, file=file)
    if kind == WeightsKind.PIPELINE and not owner.is_staff:
        raise StaffOnly
    base = _prepare(owner=owner, alias=alias, checkpoint=checkpoint)
    # A provider's model takes neither.
    layers_of(base)
    draft = {
        "owner": owner,
        "alias": alias,
        "checkpoint": base,
        "kind": kind,
        "source": source,
        "revision": revision,
        "file_name": file if kind == WeightsKind.LORA else "",
        "state": ModelState.DRAFT,
        "instance_token": instance_token,
        "shared": shared,
    }
    if aliases.folder_name(source) is not None:
        check_pipeline(files.pipeline_folder(PersonalModel(**draft)))
    return _create(**draft)


def change(*, model: PersonalModel, **changes: Any) -> PersonalModel:
    """Set `alias`, `instance_token` or `shared`. Raises `InvalidInput`, `AliasTaken`, `ModelNotFound` if it is gone."""
    if "alias" in changes:
        _check_alias(changes["alias"])
    try:
        found = _update(model, **changes, updated_at=timezone.now())
    except IntegrityError:
        raise AliasTaken from None
    if not found:
        raise ModelNotFound
    model.refresh_from_db()
    return model


@transactional
def delete(*, model: PersonalModel) -> None:
    """Delete a model at once; its files go unless another model has the same ones.

    Queued jobs that name it fail when their turn comes; running ones end. Raises `ModelNotFound` if it is gone.
    """
    # The order of locks is that of a submit: the quota first.
    lock_quota(owner=model.owner)
    held = PersonalModel.objects.select_for_update().filter(pk=model.pk).first()
    if held is None:
        raise ModelNotFound
    record_use(owner=model.owner, stored_bytes=-_counted_bytes(held))
    held.delete()
    transaction.on_commit(lambda: files.remove_unused(model), robust=True)


@transactional
def finish(*, model: PersonalModel, digest: str, size_bytes: int, native_size: int | None = None) -> bool:
    """A draft's files are here and sound: it is ready. Says whether it was still a draft.

    For a folder, the content hash is the revision: a later change of it is noticed.
    """
    revision = model.revision or digest
    lock_quota(owner=model.owner)
    finished = PersonalModel.objects.filter(pk=model.pk, state=ModelState.DRAFT).update(
        state=ModelState.READY,
        digest=digest,
        revision=revision,
        size_bytes=size_bytes,
        native_size=native_size,
        updated_at=timezone.now(),
    )
    if finished:
        model.refresh_from_db()
        record_use(owner=model.owner, stored_bytes=_counted_bytes(model))
    return bool(finished)


def fail(*, model: PersonalModel, sentence: str) -> None:
    """A draft cannot be had; `sentence` says why, to its owner."""
    PersonalModel.objects.filter(pk=model.pk, state=ModelState.DRAFT).update(
        state=ModelState.FAILED, error_message=sentence[:500], updated_at=timezone.now()
    )


def _prepare(*, owner: User, alias: str, checkpoint: str | None) -> Checkpoint:
    _check_alias(alias)
    base = find_checkpoint(capability=Capability.IMAGE, slug=checkpoint)
    if PersonalModel.objects.filter(owner=owner, alias=alias).exists():
        raise AliasTaken
    check_stored_bytes(owner=owner)
    return base


def _check_alias(alias: str) -> None:
    aliases.check_alias(alias)
    if Checkpoint.objects.filter(slug=alias).exists():
        sentence = f"'alias' must not be {alias!r}: it is the name of a checkpoint."
        raise InvalidInput(sentence, errors={"alias": [sentence]})


def _check_source(*, kind: str, source: str, revision: str, file: str) -> None:
    errors: dict[str, list[str]] = {}
    is_folder = aliases.folder_name(source) is not None
    if not is_folder and not aliases.is_repository(source):
        errors["source"] = ["'source' must be a repository's id such as owner/name, or folder:NAME."]
    elif is_folder and kind != WeightsKind.PIPELINE:
        errors["source"] = ["'source' must be a repository's id for a LoRA, or upload its file."]
    if is_folder and revision:
        errors["revision"] = ["'revision' must be left out for a folder."]
    elif not is_folder and not aliases.is_commit(revision):
        errors["revision"] = ["'revision' must be a commit: 40 small hexadecimal digits. Branches and tags move."]
    if kind == WeightsKind.LORA and not aliases.is_file(file):
        errors["file"] = ["'file' must be the path of a .safetensors file in the repository."]
    if errors:
        raise InvalidInput(next(iter(errors.values()))[0], errors=errors)


def _create(**fields: Any) -> PersonalModel:
    now = timezone.now()
    try:
        return _insert(**fields, created_at=now, updated_at=now)
    except IntegrityError:
        raise AliasTaken from None


@transactional
def _insert(**fields: Any) -> PersonalModel:
    lock_quota(owner=fields["owner"])
    model = PersonalModel.objects.create(**fields)
    record_use(owner=model.owner, stored_bytes=_counted_bytes(model))
    return model


@transactional
def _update(model: PersonalModel, **changes: Any) -> int:
    return PersonalModel.objects.filter(pk=model.pk).update(**changes)


def _counted_bytes(model: PersonalModel) -> int:
    """What counts against the owner's quota: an operator's folder does not."""
    return 0 if aliases.folder_name(model.source) is not None else model.size_bytes
