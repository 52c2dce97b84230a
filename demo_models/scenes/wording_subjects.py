"""Words for subjects: their names, what they do, and how people ask for themselves in a picture."""

from __future__ import annotations

# Without an article; none says more than the subject's name.
SUBJECT_NAMES: dict[str, tuple[str, ...]] = {
    "cat": ("cat", "cat", "cat", "cat", "kitten", "kitty", "house cat"),
    "dog": ("dog", "dog", "dog", "dog", "puppy", "hound", "doggy"),
    "bird": ("bird", "bird", "bird", "bird", "songbird"),
    "fish": ("fish", "fish", "fish", "fish", "swimming fish"),
    "horse": ("horse", "horse", "horse", "horse", "pony", "stallion", "mare"),
    "person": ("person", "person", "person", "man", "woman", "human", "boy", "girl", "guy"),
    "astronaut": ("astronaut", "astronaut", "astronaut", "spaceman", "cosmonaut", "person in a spacesuit",
                  "futuristic astronaut", "astronaut in a spacesuit"),
    "superhero": ("superhero", "superhero", "superhero", "hero in a cape", "super hero", "masked hero",
                  "superhero with a cape"),
    "person in a suit": ("person in a suit", "man in a suit", "businessman", "person in a business suit",
                         "businesswoman", "person wearing a suit and tie", "man in a professional suit",
                         "person in business attire"),
    "bicycle": ("bicycle", "bicycle", "bicycle", "bike", "bike", "cycle", "push bike"),
    "car": ("car", "car", "car", "car", "automobile", "auto"),
    "boat": ("boat", "boat", "boat", "boat", "sailboat", "sailing boat", "ship"),
    "balloon": ("balloon", "hot air balloon", "hot air balloon", "hot-air balloon", "air balloon"),
    "house": ("house", "house", "house", "house", "home", "cottage", "family house"),
    "tree": ("tree", "tree", "tree", "tree", "leafy tree"),
    "flower": ("flower", "flower", "flower", "flower", "blossom", "bloom"),
}  # fmt: skip
# For two or three of the same.
SUBJECT_PLURALS: dict[str, tuple[str, ...]] = {
    "cat": ("cats", "cats", "kittens"),
    "dog": ("dogs", "dogs", "puppies"),
    "bird": ("birds", "birds", "songbirds"),
    "fish": ("fish", "fish", "fishes"),
    "horse": ("horses", "horses", "ponies"),
    "person": ("people", "people", "persons", "men", "women"),
    "astronaut": ("astronauts", "astronauts", "spacemen"),
    "superhero": ("superheroes", "superheroes", "heroes in capes"),
    "person in a suit": ("people in suits", "businessmen", "men in suits"),
    "bicycle": ("bicycles", "bicycles", "bikes"),
    "car": ("cars", "cars", "automobiles"),
    "boat": ("boats", "boats", "sailboats", "ships"),
    "balloon": ("balloons", "hot air balloons"),
    "house": ("houses", "houses", "cottages"),
    "tree": ("trees", "trees", "green trees"),
    "flower": ("flowers", "flowers", "blossoms"),
}
# What a person's colour is on; {c} stands for it.
WORN: tuple[str, ...] = (
    "in {c}", "in {c}", "in a {c} shirt", "wearing {c}", "in {c} clothes", "in a {c} sweater", "dressed in {c}",
    "wearing a {c} shirt", "with a {c} jacket",
)  # fmt: skip
ADJECTIVES: dict[str, tuple[str, ...]] = {
    "animal": ("cute", "little", "happy", "small", "big", "adorable", "lovely", "fluffy", "funny", "beautiful"),
    "person": ("happy", "smiling", "friendly", "brave", "young", "cool", "proud"),
    "vehicle": ("small", "fast", "new", "old", "beautiful", "shiny", "vintage", "little"),
    "thing": ("beautiful", "small", "big", "old", "lovely", "lonely", "single", "pretty"),
}
# What they may be said to do; all of it fits how they are drawn, or at least does not contradict it.
DOING: dict[str, tuple[str, ...]] = {
    "cat": ("sitting", "standing", "looking at the camera", "waiting", "resting", "walking"),
    "dog": ("standing", "walking", "waiting", "running", "looking around", "playing"),
    "bird": ("sitting", "resting", "singing", "flying", "standing"),
    "fish": ("swimming", "swimming", "floating"),
    "horse": ("standing", "walking", "galloping", "running", "grazing"),
    "person": ("standing", "smiling", "looking at the camera", "waiting", "posing", "walking"),
    "astronaut": ("standing", "posing", "walking", "exploring", "floating"),
    "superhero": ("standing", "posing", "ready for action", "in a heroic pose", "flying"),
    "person in a suit": ("standing", "smiling", "posing", "waiting", "going to work"),
    "bicycle": ("standing", "parked", "waiting"),
    "car": ("driving", "parked", "standing", "speeding"),
    "boat": ("sailing", "floating", "drifting"),
    "balloon": ("flying", "floating", "rising", "drifting"),
    "house": ("standing alone", "standing"),
    "tree": ("standing", "growing", "standing alone"),
    "flower": ("growing", "standing tall"),
}
READING: tuple[str, ...] = (
    "reading a book", "reading", "with a book", "reading an old book", "holding a book", "reading a novel",
)  # fmt: skip
# What stands in a prompt for a superordinate kind of subject; these need no name.
KINDS: dict[str, tuple[str, ...]] = {
    "animal": ("an animal", "a creature", "some animal", "a cute animal"),
    "person": ("a person", "somebody", "someone", "a human figure"),
    "vehicle": ("a vehicle", "something to travel with", "a means of transport"),
    "plant": ("a plant", "something green that grows", "some plant"),
    "building": ("a building", "a small building"),
}

# {r} the rider, {m} the mount, each with its article.
RIDES: dict[str, tuple[str, ...]] = {
    "bicycle": (
        "{r} riding {m}", "{r} riding {m}", "{r} riding {m}", "{r} rides {m}", "{r} on {m}", "{r} pedalling {m}",
        "{r} that rides {m}", "{r} cycling on {m}", "{r} sitting on {m}", "{m} ridden by {r}", "{r} on top of {m}",
    ),
    "horse": (
        "{r} riding {m}", "{r} riding {m}", "{r} riding {m}", "{r} rides {m}", "{r} on {m}", "{r} on the back of {m}",
        "{r} that rides {m}", "{r} sitting on {m}", "{m} ridden by {r}", "{r} on top of {m}", "{r} mounted on {m}",
    ),
}  # fmt: skip
TOGETHER: tuple[str, ...] = (
    "{f} and {g}", "{f} and {g}", "{f} and {g}", "{f} with {g}", "{f} next to {g}", "{f} beside {g}", "{g} and {f}",
    "{g} next to {f}", "{f} near {g}", "{f} together with {g}",
)  # fmt: skip

# "photo of sks person as an astronaut": a rare word names the person that a personal model has learnt.
RARE_WORDS: tuple[str, ...] = ("sks", "sks", "sks", "sks", "ohwx", "zwx", "aurel", "xyz", "tok", "anna", "tom")
AS_PERSON: dict[str, tuple[str, ...]] = {
    "person": ("smiling", "standing", "looking at the camera", "laughing", "portrait", "in casual clothes",
               "with a big smile", "posing", "", "having fun"),
    "astronaut": ("as an astronaut", "as an astronaut", "as a futuristic astronaut", "as a futuristic astronaut",
                  "in a spacesuit", "wearing a space suit", "dressed as an astronaut", "as a cosmonaut",
                  "in a futuristic astronaut suit", "as a spaceman", "in an astronaut costume"),
    "superhero": ("as a superhero", "as a superhero", "as a superhero", "in a superhero costume", "wearing a red cape",
                  "dressed as a superhero", "as a masked hero", "with a superhero cape", "as a comic book superhero"),
    "person in a suit": ("in a professional suit", "in a suit", "in a business suit", "wearing a suit and tie",
                         "in professional business attire", "in business attire", "in formal attire",
                         "as a businessman", "in an elegant suit", "in a dark suit", "in professional clothes"),
}  # fmt: skip
STUDIO_TAILS: tuple[str, ...] = (
    "studio lighting", "studio lighting", "in a studio", "studio photo", "in a photo studio", "plain background",
    "studio portrait", "studio light",
)  # fmt: skip
