"""The bytes of stored blocks, behind the back of the store that keeps them."""

from pathlib import Path

from django.conf import settings

from content.storage.blocks import BlockStore, DiskStore
from content.storage.cids import Cid
from tests.support.object_storage import BUCKET, ObjectStorage


class Backdoor:
    """Looks at and changes what `store` keeps; of a bucket, `storage` is the server."""

    def __init__(self, store: BlockStore, storage: ObjectStorage | None) -> None:
        self._folder = Path(settings.BLOCKS_DIR) if isinstance(store, DiskStore) else None
        self._client = None if storage is None else storage.client()

    def write(self, cid: Cid, data: bytes) -> None:
        """Other bytes in the place of a block."""
        if self._folder is not None:
            (self._folder / self._name(cid)).write_bytes(data)
        else:
            assert self._client is not None
            self._client.put_object(Bucket=BUCKET, Key=f"atelier/blocks/{self._name(cid)}", Body=data)

    def lose(self, cid: Cid) -> None:
        """The block is gone."""
        if self._folder is not None:
            (self._folder / self._name(cid)).unlink()
        else:
            assert self._client is not None
            self._client.delete_object(Bucket=BUCKET, Key=f"atelier/blocks/{self._name(cid)}")

    @staticmethod
    def _name(cid: Cid) -> str:
        return f"{cid.digest.hex()[:2]}/{cid.digest.hex()}"
