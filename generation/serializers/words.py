"""What requests for tags and for text may say."""

from typing import Any

from rest_framework import serializers

from generation.serializers.fields import Choice, Integer, Number, Text
from generation.serializers.images import LONGEST_PROMPT, Params, seed_field

MOST_TOKENS = 1024
DEFAULT_TOKENS = 128
DEFAULT_TEMPERATURE = 0.7
HOTTEST = 2
MOST_MESSAGES = 100
LONGEST_MESSAGE = 8000
LONGEST_CONVERSATION = 32_000
MOST_TEXTS = 4
MOST_STOPS = 4
LONGEST_STOP = 100
ROLES = ("system", "user", "assistant")


class TagsParams(Params):
    """Parameters of the kind `tags`, and the body of `POST /generate/tags`. One of the two is enough."""

    image_prompt = Text(max_length=LONGEST_PROMPT, default="")
    sound_description = Text(max_length=LONGEST_PROMPT, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["image_prompt"].strip() and not attrs["sound_description"].strip():
            raise serializers.ValidationError(
                {"image_prompt": ["'image_prompt' or 'sound_description' is required and must be a string."]}
            )
        return attrs


class TextParams(Params):
    """Body of `POST /generate-text`."""

    prompt = Text(min_length=1, max_length=LONGEST_PROMPT, wrong="is required and must be a string.")
    max_tokens = Integer(min_value=1, max_value=MOST_TOKENS, default=DEFAULT_TOKENS)
    seed = seed_field()


class MessageParams(Params):
    """One turn of a conversation."""

    role = Choice(choices=[(role, role) for role in ROLES])
    content = Text(min_length=1, max_length=LONGEST_MESSAGE, wrong="is required and must be a string.")


class Stops(serializers.ListField):
    """Texts before which an answer ends, each of 1 to `LONGEST_STOP` characters."""

    child = Text(min_length=1, max_length=LONGEST_STOP)

    def __init__(self, **kwargs: Any) -> None:
        sentence = f"'stop' must be a list of at most {MOST_STOPS} strings."
        messages: dict[str, Any] = dict.fromkeys(("not_a_list", "null", "max_length"), sentence)
        super().__init__(max_length=MOST_STOPS, error_messages=messages, **kwargs)

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        # The sentences of an entry name the list.
        self.child.bind(field_name, self)  # type: ignore[arg-type]  # the stubs know serializers as parents alone


class TextJobParams(TextParams):
    """Parameters of the kind `text`: a prompt, or a conversation whose last user's turn is the prompt."""

    prompt = Text(
        min_length=1,
        max_length=LONGEST_PROMPT,
        required=False,
        wrong="is required and must be a string.",
        help_text="Left out where there are messages.",
    )
    messages = serializers.ListField(
        child=MessageParams(),
        required=False,
        min_length=1,
        max_length=MOST_MESSAGES,
        error_messages=dict.fromkeys(
            ("not_a_list", "null", "empty", "min_length", "max_length"),
            f"'messages' must be a list of 1 to {MOST_MESSAGES} messages.",
        ),
        help_text=f"Oldest first, at most {LONGEST_CONVERSATION} characters together.",
    )
    temperature = Number(
        min_value=0,
        max_value=HOTTEST,
        default=DEFAULT_TEMPERATURE,
        wrong="must be a number.",
        help_text="0 takes the likeliest word each time.",
    )
    stop = Stops(default=list, help_text="The answer ends before the first of these texts.")
    number_of_texts = Integer(
        min_value=1, max_value=MOST_TEXTS, default=1, help_text="Different answers; text *i* has seed + *i*."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        messages = attrs.get("messages")
        if messages is None:
            if "prompt" not in attrs:
                raise serializers.ValidationError({"prompt": ["'prompt' is required and must be a string."]})
            return attrs
        if "prompt" in attrs:
            raise serializers.ValidationError({"messages": ["'messages' and 'prompt' exclude each other."]})
        if sum(len(message["content"]) for message in messages) > LONGEST_CONVERSATION:
            sentence = f"'messages' must have at most {LONGEST_CONVERSATION} characters together."
            raise serializers.ValidationError({"messages": [sentence]})
        asked = [message["content"] for message in messages if message["role"] == "user"]
        if not asked:
            raise serializers.ValidationError({"messages": ["'messages' must have a message of the role user."]})
        return {**attrs, "messages": [dict(message) for message in messages], "prompt": asked[-1]}
