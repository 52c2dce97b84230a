"""Which model runs each capability, by profile: `demo` ships in this repository, `full` is downloaded by operators.

An entry names its adapter (BACKEND), the adapter's keyword arguments (OPTIONS), where its jobs wait (QUEUE) and its
weights (CHECKPOINT). A checkpoint's `source` is a folder, the id of a repository on the Hugging Face hub, or the https
address of one file. `revision` is the commit of a hub's repository, or the SHA-256 of one file: what was downloaded is
checked against it. `files` are the patterns of the files that are needed, where a repository holds others as well;
`download_bytes` says about how much that is. `native_size` is the side in pixels at which a model was trained, the
sampling rate in Hz of one that makes sound, 0 for words.
"""

from pathlib import Path
from typing import Any

Profile = dict[str, dict[str, Any]]

_BACKENDS = {
    "image": "generation.engines.stable_diffusion.StableDiffusionEngine",
    "music": "generation.engines.musicgen.MusicgenEngine",
    "tags": "generation.engines.t5.T5TagsEngine",
    "text": "generation.engines.t5.T5TextEngine",
    "labels": "analysis.engines.open_clip.OpenClipEngine",
    "segments": "analysis.engines.segment_anything.SegmentAnythingEngine",
}


def demo_profile(folder: Path) -> Profile:
    """Small models of the real classes, trained by this repository; `folder` holds one folder for each."""

    def entry(capability: str, slug: str, source: str, native_size: int) -> dict[str, Any]:
        checkpoint = {
            "slug": slug,
            "family": "atelier-demo",
            "source": str(folder / source),
            "native_size": native_size,
            "licence": "as this repository",
        }
        return {"BACKEND": _BACKENDS[capability], "OPTIONS": {}, "QUEUE": "cpu", "CHECKPOINT": checkpoint}

    return {
        "image": entry("image", "demo-stable-diffusion", "stable-diffusion", 128),
        "music": entry("music", "demo-musicgen", "music", 16_000),
        # One model with two prefixes: the two checkpoints share its folder.
        "tags": entry("tags", "demo-t5-tags", "words", 0),
        "text": entry("text", "demo-t5-text", "words", 0),
        "labels": entry("labels", "demo-clip", "labels", 96),
        "segments": entry("segments", "demo-sam", "segments", 128),
    }


def full_profile() -> Profile:
    """The models that everybody knows. `manage.py models download` fetches them: about 11 GB."""
    # The instruction-tuned T5 that still answers within seconds on a CPU. `small` takes 0.3 GB instead of 1, and
    # knows less by its paper's own figures: 28.7 of 100 on MMLU against 35.9 (Chung et al., "Scaling
    # Instruction-Finetuned Language Models", 2022). Tags and text share it.
    flan_t5 = {
        "family": "t5",
        "source": "google/flan-t5-base",
        "revision": "7bcac572ce56db69c1ea7c8af255c5d7c9672fc2",
        "native_size": 0,
        "licence": "Apache-2.0",
        "download_bytes": 993_000_000,
    }
    return {
        "image": _full(
            "image",
            slug="stable-diffusion-v1-5",
            family="sd15",
            source="stable-diffusion-v1-5/stable-diffusion-v1-5",
            revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
            native_size=512,
            licence="CreativeML OpenRAIL-M",
            download_bytes=4_270_000_000,
            # The repository holds the same weights in other forms as well: some 40 GB.
            files=(
                "model_index.json",
                "scheduler/scheduler_config.json",
                "text_encoder/config.json",
                "text_encoder/model.safetensors",
                "tokenizer/*",
                "unet/config.json",
                "unet/diffusion_pytorch_model.safetensors",
                "vae/config.json",
                "vae/diffusion_pytorch_model.safetensors",
            ),
        ),
        "music": _full(
            "music",
            slug="musicgen-small",
            family="musicgen",
            source="facebook/musicgen-small",
            revision="4c8334b02c6ec4e8664a91979669a501ec497792",
            native_size=32_000,
            licence="CC-BY-NC-4.0 (not for commercial use)",
            download_bytes=2_370_000_000,
        ),
        "tags": _full("tags", slug="flan-t5-tags", **flan_t5),
        "text": _full("text", slug="flan-t5-text", **flan_t5),
        "labels": _full(
            "labels",
            slug="clip-vit-l-14",
            family="clip",
            # Where open_clip finds the weights that it calls ViT-L-14/openai.
            source="timm/vit_large_patch14_clip_224.openai",
            revision="18d0535469bb561bf468d76c1d73aa35156c922b",
            native_size=224,
            licence="MIT",
            download_bytes=1_710_000_000,
            # `model.safetensors` beside it is the picture's half alone, for timm.
            files=(
                "open_clip_config.json",
                "open_clip_model.safetensors",
                "merges.txt",
                "special_tokens_map.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "vocab.json",
            ),
        ),
        "segments": _full(
            "segments",
            slug="sam-vit-l",
            family="sam",
            source="https://dl.fbaipublicfiles.com/segment_anything/sam_vit_l_0b3195.pth",
            revision="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
            native_size=1024,
            licence="Apache-2.0",
            download_bytes=1_249_524_607,
        ),
    }


def _full(capability: str, **checkpoint: Any) -> dict[str, Any]:
    return {"BACKEND": _BACKENDS[capability], "OPTIONS": {}, "QUEUE": "gpu", "CHECKPOINT": checkpoint}
