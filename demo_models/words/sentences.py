"""The sentences that texts are made of: frames around a description, and what one may add about a thing.

{x} stands for the description, {hero} for its first noun, {is} for the verb that goes with it.
"""

from __future__ import annotations

FRAMES: tuple[str, ...] = (
    "here is {x}.", "this picture shows {x}.", "imagine {x}.", "before us is {x}.", "we see {x}.",
    "the scene shows {x}.", "look at {x}.", "think of {x}.", "once there was {x}.", "let us look at {x}.",
)  # fmt: skip
PLURAL_FRAMES: tuple[str, ...] = tuple(frame for frame in FRAMES if " is " not in frame and " was " not in frame)
LIST_FRAMES: tuple[str, ...] = (
    "here we find {x}.", "this picture brings together {x}.", "the scene is made of {x}.", "we see {x}.",
)  # fmt: skip
STYLE_SENTENCES: tuple[str, ...] = (
    "all of it is done in {style} style.", "the style is {style}.", "it is shown in {style} style.",
)  # fmt: skip
HERO_SENTENCES: tuple[str, ...] = (
    "the {hero} {is} full of life.", "the {hero} {is} right where it all begins.", "nothing here is like the {hero}.",
    "everyone who comes by stops to look at the {hero}.", "it would be easy to look at the {hero} for hours.",
    "the {hero} {is} the heart of it all.", "light and shadow play around the {hero}.",
    "the {hero} {is} small and yet important here.", "the world around the {hero} is quiet for a moment.",
)  # fmt: skip
CLOSINGS: tuple[str, ...] = (
    "soft light falls on everything.", "the colours are warm and gentle.", "it is a moment to remember.",
    "everything feels calm and open.", "there is no hurry here.", "a little wonder hangs in the air.",
    "one could stay here all day.", "every detail has its own place.", "somewhere a new story begins.",
    "it makes you want to come closer.", "the air is fresh and clear.", "small things can be beautiful too.",
)  # fmt: skip

# What goes with a tag of the description.
ASSOCIATIONS: dict[str, tuple[str, ...]] = {
    "rain": ("drops shine on the wet ground.", "puddles mirror the sky.", "every drop sings its own small song.",
             "the wet street glitters like glass."),
    "snow": ("white flakes drift down without a sound.", "the cold air sparkles.", "every roof wears a white hat."),
    "storm": ("dark clouds race across the sky.", "lightning flashes far away.",
              "the wind howls and nothing stands still."),
    "wind": ("leaves dance through the air.", "the grass bends like waves.", "the clouds hurry by."),
    "fog": ("shapes come and go in the grey air.", "everything far away is only a hint.",
            "the world seems to hold its breath."),
    "mist": ("a soft veil lies over everything.", "shapes come and go in the pale air."),
    "sun": ("warm light fills the air.", "long shadows point the way.", "everything shines and is glad."),
    "moon": ("silver light lies on everything.", "the shadows are soft and blue.", "the night is bright and still."),
    "stars": ("the sky is full of tiny lights.", "far above, old light twinkles.", "one of them seems to wink."),
    "clouds": ("white shapes drift by like ships.", "the light comes and goes."),
    "sea": ("waves roll in and out.", "the air tastes of salt.", "gulls circle above the water.",
            "foam glitters on the sand."),
    "ocean": ("waves roll in and out.", "the water reaches as far as the eye can see.", "the air tastes of salt."),
    "waves": ("foam glitters on the sand.", "the water never stands still.", "each one brings a new song."),
    "beach": ("warm sand runs through the fingers.", "shells lie along the water.", "gulls call above the waves."),
    "shore": ("foam glitters on the sand.", "the water comes and goes like breath."),
    "lake": ("the water lies still as a mirror.", "small rings spread over the water.",
             "reeds whisper along the edge."),
    "river": ("the water hurries over smooth stones.", "the current sings as it goes by."),
    "mountain": ("the peak stands clear against the sky.", "the air is thin and clean."),
    "mountains": ("snow rests on the high peaks.", "an eagle circles in the thin air.",
                  "the valleys below lie in blue shadow."),
    "hill": ("from the top one can see far over the land.", "grass bends in a light breeze."),
    "desert": ("the dunes roll on without end.", "heat shimmers over the sand.", "not a drop of water is in sight."),
    "forest": ("light falls through the green leaves.", "moss covers the old roots.", "somewhere a twig snaps."),
    "jungle": ("vines hang from every branch.", "bright wings flash between the leaves."),
    "garden": ("bees hum from bloom to bloom.", "the scent of roses is in the air."),
    "field": ("tall grass sways in the breeze.", "a lark climbs into the blue sky."),
    "park": ("children laugh under the old trees.", "somebody has left a book on a bench."),
    "city": ("lights glow in a thousand windows.", "the streets hum with life.", "towers rise into the sky."),
    "town": ("smoke curls from the chimneys.", "a clock strikes on the square."),
    "village": ("smoke curls from the chimneys.", "everybody here knows everybody."),
    "street": ("lamps throw warm circles on the pavement.", "voices drift from open windows."),
    "road": ("it winds away to the horizon.", "who knows where it leads."),
    "island": ("blue water lies on every side.", "palms lean over the white sand."),
    "space": ("planets turn slowly in the dark.", "far suns burn without a sound.", "there is no up or down here."),
    "castle": ("flags flutter on the high walls.", "the old stones could tell many stories."),
    "house": ("a warm light burns in the window.", "the door stands open for guests."),
    "room": ("dust dances in a beam of light.", "a chair stands ready by the window."),
    "library": ("old pages smell of dust and wonder.", "somebody turns a page."),
    "dawn": ("the first light touches the sky.", "the day has not made a sound yet."),
    "sunrise": ("the first light touches the sky.", "gold spreads along the horizon."),
    "morning": ("dew shines on the grass.", "the day is still young and fresh."),
    "noon": ("the shadows are short and sharp.", "the light is bright and clear."),
    "day": ("the light is bright and clear.", "a few white clouds drift by."),
    "sunset": ("the sky glows orange and pink.", "the last light lingers on the horizon.",
               "long shadows stretch over the land."),
    "dusk": ("the sky turns violet.", "the first lamps are lit."),
    "evening": ("the last light is golden.", "the day slowly comes to rest."),
    "night": ("stars twinkle above.", "the moon keeps watch.", "the dark is soft and deep."),
    "midnight": ("a clock strikes twelve.", "only the owls are awake."),
    "spring": ("buds open on every branch.", "the air smells of fresh earth."),
    "summer": ("the air is warm and full of scents.", "the days are long and bright."),
    "autumn": ("leaves fall in red and gold.", "the light is low and golden."),
    "winter": ("frost glitters on every twig.", "breath hangs white in the air."),
    "cat": ("its tail curls with pleasure.", "soft paws make no sound.", "it purrs as if the world were its own."),
    "dog": ("its tail wags with joy.", "it barks once and is happy.", "its ears are up and its eyes are bright."),
    "bird": ("its song carries far.", "it spreads its wings.", "feathers shine in the light."),
    "horse": ("its mane flies in the wind.", "hooves beat on the ground."),
    "fish": ("its scales flash like silver.", "bubbles rise to the surface."),
    "fox": ("its red coat glows like fire.", "clever eyes miss nothing."),
    "owl": ("its great eyes shine.", "it turns its head without a sound."),
    "dragon": ("smoke curls from its nose.", "its scales shine like coins."),
    "robot": ("its lights blink in a friendly way.", "gears hum softly inside."),
    "astronaut": ("the earth is a small blue ball.", "the helmet mirrors the stars."),
    "knight": ("the armour gleams in the light.", "courage shines brighter than steel."),
    "wizard": ("sparks fly from a long staff.", "a spell hangs in the air."),
    "person": ("a smile says more than words.", "there is time to look around."),
    "child": ("laughter fills the air.", "everything is a game."),
    "boat": ("the sails fill with wind.", "the water laps against the wood."),
    "ship": ("the sails fill with wind.", "the crew sings an old song."),
    "train": ("the wheels sing on the rails.", "steam drifts over the land."),
    "car": ("the engine purrs.", "the paint shines in the light."),
    "bicycle": ("the wheels hum softly.", "the bell rings now and then."),
    "balloon": ("it climbs higher and higher.", "the land below grows small."),
    "tree": ("its branches reach for the sky.", "birds nest among its leaves."),
    "flower": ("its petals open to the light.", "a bee comes to visit."),
    "fire": ("sparks rise into the dark.", "the flames dance and crackle."),
    "music": ("each note floats through the air.", "feet begin to tap."),
    "piano": ("the keys ring soft and clear.", "each note hangs in the air."),
    "guitar": ("the strings ring soft and clear.", "somebody hums along."),
    "birds": ("their song carries far.", "wings flash in the light."),
    "circle": ("it has no beginning and no end.", "its edge is smooth and clean."),
    "square": ("its four corners are sharp and clean.", "each side is as long as the next."),
    "triangle": ("its three corners are sharp and clean.", "it points the way."),
    "star": ("its points are sharp and bright.", "it shines over everything."),
    "happy": ("laughter fills the air.", "joy is easy to share."),
    "sad": ("a tear is not far away.", "tomorrow will be brighter."),
    "calm": ("every breath is slow and deep.", "nothing disturbs the peace."),
    "relaxing": ("every breath is slow and deep.", "all worries drift away."),
    "mysterious": ("nobody knows the whole secret.", "a shadow moves and is gone."),
    "futuristic": ("machines hum overhead.", "tomorrow has already begun."),
    "old": ("time has left its marks.", "it has seen many years go by."),
    "ancient": ("time has left its marks.", "the stones remember everything."),
}  # fmt: skip

GREETINGS: dict[str, tuple[str, ...]] = {
    "hello": ("hello and welcome.", "hello, good to see you."),
    "hi": ("hi and welcome.", "hi, good to see you."),
    "hey": ("hey and welcome.", "hey, good to see you."),
    "good morning": ("good morning and welcome.",),
    "good evening": ("good evening and welcome.",),
    "thanks": ("thanks to you too.", "thanks, it was a pleasure."),
    "thank you": ("thank you too, it was a pleasure.",),
}
INVITATIONS: tuple[str, ...] = (
    "tell me what you would like to see.", "give me a scene to think of.", "name a thing and a place.",
)  # fmt: skip
# Nothing in them is to be seen or heard.
EMPTY_PROMPTS: tuple[str, ...] = (
    "something", "a beautiful picture", "draw something", "write something", "tell me a story", "a short story",
    "write a poem", "a poem please", "write a sentence", "something nice", "a picture", "say something", "a nice sound",
    "tell me something", "write a short text", "anything", "an image please", "a story", "a poem",
)  # fmt: skip
