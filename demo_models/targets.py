"""What each demo model must reach on freshly drawn data, by the names of the figures that its judge measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A bound on one figure; ``at_most`` turns it round."""

    bound: float
    at_most: bool = False

    def met_by(self, value: float) -> bool:
        """Whether ``value`` is on the right side."""
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


TARGETS: dict[str, dict[str, Target]] = {
    "stable-diffusion": {
        "figure_meaning": Target(0.95),
        "place": Target(0.90),
        "time": Target(0.90),
        "rain": Target(0.90),
        "subject": Target(0.70),
        "example": Target(0.70),
        "night_darker": Target(0.90),
    },
    "labels": {
        "scene": Target(0.95),
        "colour_shape": Target(0.95),
        "sure_right": Target(0.80),
        "strange_wins": Target(0.05, at_most=True),
    },
    "music": {
        "ordered": Target(0.90),
        "seconds_for_30": Target(30.0, at_most=True),
        "silent": Target(0.0, at_most=True),
        "clipped": Target(0.0, at_most=True),
        "seaside": Target(1.0),
    },
    "segments": {
        "iou_over_2_percent": Target(0.85),
        "iou_over_5_percent": Target(0.90),
        "spurious": Target(0.20, at_most=True),
    },
    "words": {
        "tags_f1": Target(0.90),
        "tags_f1_held_out_templates": Target(0.75),
        "tags_invented": Target(0.02, at_most=True),
        "seed_example_tags": Target(5 / 6),
        "text_content_words": Target(0.90),
        "text_one_to_three_sentences": Target(0.95),
        "text_ends_in_full_stop": Target(0.95),
        "text_repeats_nothing": Target(0.95),
        "text_known_words": Target(0.95),
    },
}
