"""The model card: measures the finished model and writes README.md and the spectrograms beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors.torch import load_file

from demo_models.music.codec import decode, encode
from demo_models.music.judge import Player, measure
from demo_models.music.profile import Profile
from demo_models.music.spectral import log_spectral_distance, signal_to_noise
from demo_models.sounds.compose import render
from demo_models.sounds.features import spectrum
from demo_models.sounds.synthesis import Samples
from demo_models.sounds.vocabulary import KINDS, Sound
from demo_models.training import Checkpoint

JUDGED = 400
SHEET = "samples.png"
SAMPLE_PROMPTS: tuple[str, ...] = (
    "a calm and relaxing seaside ambiance",
    "heavy rain",
    "wind and a crackling fire",
    "birds in the morning",
    "slow piano, dark",
    "fast energetic drums and bass",
    "happy plucked arpeggio",
    "church bells",
    "a deep drone",
    "ocean waves with slow relaxing piano",
)
_SAMPLE_SECONDS = 10.0
_STAGES = {"codec": "codec.pt", "text": "text-encoder.pt", "language": "language-model.pt"}
_PARTS = {"audio_encoder": "codec", "text_encoder": "text", "decoder": "language"}


def write_card(profile: Profile, folder: Path, work: Path) -> None:
    """Measure the model in ``folder`` and write the card beside it."""
    fresh = profile.seed + 1_000_000
    player = Player(folder)
    table = measure_codec(player, fresh)
    sample_sheet(player, profile.seed).save(folder / SHEET, optimize=True)
    figures = measure(folder, count=JUDGED, seed=fresh)
    facts: dict[str, Any] = {f"minutes_{name}": _minutes(work / file) for name, file in _STAGES.items()}
    facts |= {f"millions_{name}": f"{millions:.2f}" for name, millions in part_sizes(folder).items()}
    facts |= {name: f"{value:.2f}" for name, value in figures.items()}
    facts["megabytes"] = round(sum(file.stat().st_size for file in folder.glob("*.safetensors")) / 1e6, 1)
    facts["threads"] = torch.get_num_threads()
    facts["codec_table"] = "\n".join(
        f"| {kind} | {distance:.1f} dB | {ratio:.1f} dB |" for kind, (distance, ratio) in table.items()
    )
    facts["prompts"] = "\n".join(f"{number}. {prompt}" for number, prompt in enumerate(SAMPLE_PROMPTS, 1))
    (work / "figures.json").write_text(json.dumps(facts, indent=2))
    (folder / "README.md").write_text(_TEXT.format(profile=profile, **facts))


def measure_codec(player: Player, seed: int, count: int = 6) -> dict[str, tuple[float, float]]:
    """By kind: log-spectral distance and waveform signal-to-noise ratio in decibels, over ``count`` fresh sounds."""
    table = {}
    for kind in KINDS:
        sounds = [Sound((kind,), mood) for mood in ("plain", "calm", "energetic")]
        waves = np.stack([render(sounds[row % 3], seed + row, 4.0) for row in range(count)])
        true = torch.from_numpy(waves)
        made = decode(player.model.audio_encoder, encode(player.model.audio_encoder, true))
        table[kind] = (log_spectral_distance(made, true), signal_to_noise(made, true))
    return table


def sample_sheet(player: Player, seed: int) -> Image.Image:
    """Spectrograms of the first sounds of ``SAMPLE_PROMPTS``: two columns, time to the right, 0-8 kHz upwards."""
    waves = player.play(list(SAMPLE_PROMPTS), _SAMPLE_SECONDS, seed)
    pictures = [spectrogram(wave) for wave in waves]
    rows = [np.hstack(pictures[start : start + 2]) for start in range(0, len(pictures), 2)]
    return Image.fromarray(np.vstack(rows))


def spectrogram(wave: Samples) -> npt.NDArray[np.uint8]:
    """Levels from -80 to 0 dB of a full-scale sine as grey, uint8 (128, frames / 2), on a thin frame."""
    power = spectrum(wave)
    decibels = 10 * np.log10(power / (0.25 * 512) ** 2 + 1e-12)
    image = np.clip((decibels + 80) / 80 * 255, 0, 255)[:-1:2, :256]
    image = image.reshape(len(image), 128, 2).max(-1).T[::-1]
    return np.pad(image.astype(np.uint8), 2, constant_values=90)


def part_sizes(folder: Path) -> dict[str, float]:
    """Millions of numbers in the codec, the text encoder and the language model, as stored."""
    sizes = dict.fromkeys(_PARTS.values(), 0.0)
    for name, tensor in load_file(folder / "model.safetensors").items():
        sizes[_PARTS.get(name.split(".")[0], "language")] += tensor.numel() / 1e6
    return sizes


def _minutes(checkpoint: Path) -> int:
    state = Checkpoint(checkpoint).load()
    return round(state["seconds"] / 60) if state else 0


_TEXT = f"""# Atelier demo: MusicGen, small

A model of the same class as MusicGen (`MusicgenForConditionalGeneration` of transformers, with its text encoder, codec
and language model; Copet et al., "Simple and Controllable Music Generation", 2023), trained from nothing on sounds that
`demo_models/sounds/` synthesises. It makes Atelier usable offline and lets tests assert meaning. It knows eleven kinds
of sound, five moods and three tempi, and nothing else.

![ten unpicked samples]({SHEET})

{{prompts}}

Spectrograms of the first ten seconds made of these prompts (left to right, top to bottom; 0 to 8 kHz), sampled at the
defaults: guidance 3, temperature 1, top-k 250.

## What it knows

- Kinds: {", ".join(KINDS)}; one to three at a time.
- Calm, relaxing, energetic, dark, happy; slow and fast.
- Wording is free: synonyms, any order, filler words and unknown words.

## Files

| part | millions of numbers | what |
|---|---|---|
| codec (EnCodec) | {{millions_codec}} | 16 kHz mono to 25 frames a second, four codes each, and back |
| text encoder (T5) | {{millions_text}} | trained to read out of a description what it states, then kept |
| language model | {{millions_language}} | predicts the codes, the codebooks delayed by one step each |

{{megabytes}} MB in all, float16 safetensors.

## Training

Data: synthesised by `demo_models/sounds/` (no recordings): {{profile.codec.clips}} sounds of
{{profile.codec.clip_seconds:.0f}} s for the codec, {{profile.language.clips}} for the language model, each described
anew in every step. Seed {{profile.seed}}. Repeat it with `make demo-models`.

The codec: {{profile.codec.steps}} steps. The language model: {{profile.language.short_steps}} steps on stretches of
{{profile.language.short_seconds:.0f}} s, then to step {{profile.language.steps}} on whole sounds of
{{profile.language.clip_seconds:.0f}} s; no text in a tenth of the cases. Minutes on one CPU core (bfloat16 autocast, no
GPU) that other work shared: codec {{minutes_codec}}, text encoder {{minutes_text}}, language model
{{minutes_language}}.

## Measured on fresh data

{JUDGED // 10} pairs of fresh descriptions, 8 s each: fast drums have more onsets than sea, wind or drone, and fast more
than slow; bells, birds and rain are brighter (spectral centroid) than bass, drone and wind; energetic is louder than
calm. A classifier by band statistics, used nowhere else, names the kind.

| figure | target | value |
|---|---|---|
| pairs in the order described | 0.90 | {{ordered}} |
| … onset rate | – | {{ordered_onsets}} |
| … spectral centroid | – | {{ordered_centroid}} |
| … level | – | {{ordered_level}} |
| the kind asked for is the kind that the classifier hears (of eleven) | – | {{recognised}} |
| "a calm and relaxing seaside ambiance", held out, is heard as sea | – | {{seaside}} |
| highest sample of all; share of sounds that clip | 0 | {{peak}}; {{clipped}} |
| quietest sound; share that are silent | 0 | {{quietest_decibels}} dB; {{silent}} |
| seconds for 30 s of sound, {{threads}} thread, float32 | 30 | {{seconds_for_30}} |

The codec on fresh sounds of each kind. It keeps spectra, not waveforms: noise has a waveform of its own each time.

| kind | log-spectral distance | waveform SNR |
|---|---|---|
{{codec_table}}

## Limits

Anything outside the vocabulary is ignored or turned into something inside it: no voices, no genres, no named
instruments but these. At 900 bits a second high, fast or layered sounds come out rough. A minor or major key follows
the mood; a named key or a beat in numbers means nothing.

Licence: the same as Atelier's code, which made the data.
"""
