"""A whole Atelier that keeps its content in a bucket: a picture from job to bytes, with the bucket away meanwhile."""

from collections.abc import Iterator

import httpx
import pytest

from content.storage import cids
from tests.support.object_storage import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, ObjectStorage, Proxy
from tests.support.processes import RunningAtelier, wait_until
from tests.support.studio import SHORT, Studio

pytestmark = pytest.mark.processes


@pytest.fixture
def bucket_far_away(object_storage: ObjectStorage) -> Iterator[Proxy]:
    with Proxy(object_storage.url) as between:
        yield between


def environment(endpoint: str) -> dict[str, str]:
    return {
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": endpoint,
        "S3_REGION": REGION,
        "S3_ACCESS_KEY_ID": ACCESS_KEY,
        "S3_SECRET_ACCESS_KEY": SECRET_KEY,
        "S3_SIGNED_URLS": "true",
    }


def test_a_picture_goes_into_the_bucket_and_comes_from_it(
    object_storage: ObjectStorage, bucket_far_away: Proxy
) -> None:
    with RunningAtelier(environment=environment(bucket_far_away.url)) as atelier, Studio(atelier) as studio:
        job = studio.submit(steps=SHORT)
        studio.wait_ended([job])
        [output] = studio.job(job)["outputs"]
        contents = f"{atelier.base_url}/api/v1/contents/{output['cid']}"
        headers = atelier.headers(atelier.create_key("ada", "read", "generate", "manage"))

        sent_on = httpx.get(f"{contents}/raw", headers=headers)
        assert sent_on.status_code == 302
        picture = httpx.get(sent_on.headers["Location"]).content
        assert str(cids.of_block(picture, cids.RAW)) == output["cid"]
        assert httpx.get(f"{contents}/raw", headers=headers | {"Range": "bytes=0-7"}).content == picture[:8]
        assert httpx.post(f"{contents}/verify", headers=headers, timeout=60).json()["intact"]
        assert picture in object_storage.objects().values()
        blocks = atelier.data_dir / "blocks"
        assert not [path for path in blocks.rglob("*") if path.is_file() and path.read_bytes() == picture]

        bucket_far_away.refuse = True
        waiting = studio.submit(steps=SHORT, seed=7)
        wait_until(lambda: studio.row(waiting)["step"] >= SHORT, seconds=300, what="a picture with no place to go")
        assert httpx.get(f"{contents}/raw", headers=headers | {"Range": "bytes=0-7"}, timeout=120).status_code == 503
        bucket_far_away.refuse = False
        studio.wait_ended([waiting])
        studio.assert_each_made_one_picture([job, waiting])
