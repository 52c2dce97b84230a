"""The words that descriptions are made of: synonyms, sentence templates, fillers and words without meaning here."""

from __future__ import annotations

# Nouns of each kind, as they stand alone or beside others.
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "sea": ("sea", "sea", "ocean", "ocean waves", "waves", "sea waves", "surf", "seaside", "beach", "shore", "coast",
            "waves on the shore", "the sound of the sea", "breaking waves", "seashore", "tide"),
    "rain": ("rain", "rain", "rainfall", "rain drops", "raindrops", "a rain shower", "rainy weather", "drizzle",
             "rain on a roof", "the sound of rain", "rain on the window", "a downpour"),
    "wind": ("wind", "wind", "a breeze", "gusts of wind", "howling wind", "blowing wind", "wind in the mountains",
             "windy weather", "the sound of wind", "gusts"),
    "fire": ("fire", "fire", "a campfire", "a crackling fire", "fireplace", "crackling flames", "a bonfire",
             "burning wood", "the crackle of a fire", "a fireside", "flames"),
    "birds": ("birds", "birds", "birdsong", "bird song", "chirping birds", "singing birds", "birds chirping",
              "birds singing", "tweeting birds", "a bird", "songbirds", "chirps"),
    "drone": ("drone", "drone", "a deep drone", "a droning pad", "ambient drone", "synth pad", "a humming drone",
              "a sustained chord", "a hum", "an ambient pad", "a long held tone"),
    "piano": ("piano", "piano", "piano notes", "a piano melody", "piano music", "keys", "a piano piece", "solo piano",
              "grand piano", "a pianist", "piano playing"),
    "arpeggio": ("plucked arpeggio", "arpeggios", "arpeggio", "plucked strings", "a harp", "a guitar", "harp",
                 "plucked notes", "guitar arpeggios", "an arpeggiated guitar", "acoustic guitar", "a plucked string",
                 "fingerpicked guitar"),
    "bells": ("bells", "bells", "a bell", "chimes", "ringing bells", "tubular bells", "bell tones", "church bells",
              "a music box", "glockenspiel", "tinkling bells"),
    "drums": ("drums", "drums", "a drum beat", "drum kit", "percussion", "a beat", "a drum loop", "drumming", "beats",
              "a drummer", "rhythmic drums", "kick and snare"),
    "bass": ("bass", "bass", "a bass line", "bassline", "bass guitar", "low bass notes", "a deep bass", "double bass",
             "a sub bass", "a bass groove"),
}  # fmt: skip
MOOD_WORDS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "calm": ("calm", "calm", "calm", "peaceful", "quiet", "tranquil", "serene", "gentle", "soft", "calming", "still",
             "calm and quiet", "calm and peaceful", "meditative"),
    "relaxing": ("relaxing", "relaxing", "relaxing", "relaxed", "soothing", "restful", "mellow", "chill", "chilled",
                 "calm and relaxing", "relaxing and calm", "soothing and relaxing", "laid-back", "sleepy"),
    "energetic": ("energetic", "energetic", "energetic", "powerful", "intense", "driving", "loud", "wild",
                  "dynamic", "forceful", "stormy", "upbeat and energetic", "vigorous"),
    "dark": ("dark", "dark", "dark", "gloomy", "ominous", "sinister", "sombre", "melancholic", "sad", "eerie", "moody",
             "brooding", "scary", "mysterious"),
    "happy": ("happy", "happy", "happy", "cheerful", "joyful", "bright", "merry", "sunny", "playful", "uplifting",
              "joyous", "positive", "cheery"),
}  # fmt: skip
MOOD_NOUNS: dict[str, tuple[str, ...]] = {
    "calm": ("calmness", "peace", "tranquility", "meditation"),
    "relaxing": ("relaxation", "sleep", "rest", "relaxing"),
    "energetic": ("energy", "action", "power", "workouts"),
    "dark": ("darkness", "horror", "sadness", "mystery"),
    "happy": ("happiness", "joy", "fun", "good cheer"),
}
TEMPO_WORDS: dict[str, tuple[str, ...]] = {
    "slow": ("slow", "slow", "slow", "very slow", "unhurried", "leisurely"),
    "medium": ("medium-tempo", "moderate", "mid-tempo", "medium"),
    "fast": ("fast", "fast", "fast", "quick", "rapid", "very fast", "up-tempo", "speedy"),
}
TEMPO_PHRASES: dict[str, tuple[str, ...]] = {
    "slow": ("at a slow tempo", "slow", "slowly", "at a slow pace", "with a slow rhythm", "slow tempo"),
    "medium": ("at a medium tempo", "at a moderate pace", "at a walking pace", "medium tempo", "mid-tempo"),
    "fast": ("at a fast tempo", "fast", "at high speed", "at a fast pace", "with a fast rhythm", "fast tempo",
             "played fast", "quickly"),
}  # fmt: skip

# What the whole is called.
PIECES: tuple[str, ...] = (
    "ambiance", "ambience", "atmosphere", "soundscape", "music", "sound", "sounds", "track", "piece", "recording",
    "background", "background music", "loop", "melody", "tune", "scene", "mood", "background sound", "noise", "song",
)  # fmt: skip
JOINTS: tuple[str, ...] = ("{a} and {b}", "{a} and {b}", "{a} with {b}", "{a} with {b}", "{a} over {b}", "{a}, {b}",
                           "{a} together with {b}", "{a} accompanied by {b}", "{a} plus {b}", "{a} & {b}",
                           "{a} in the background of {b}", "{a} mixed with {b}")  # fmt: skip
# {k} the kinds, {m} the mood, {n} the mood as a noun, {t} an adjective and {p} a phrase of tempo, {w} the whole.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "": ("{k}", "{k}", "{k} {w}", "the sound of {k}", "a recording of {k}", "{w} of {k}", "{w} with {k}", "just {k}"),
    "m": ("{m} {k}", "{m} {k}", "a {m} {w} of {k}", "a {m} {k} {w}", "{k}, {m}", "{m} {w} with {k}", "{k} that is {m}",
          "{w} of {k}, {m} mood", "{m} {w}, {k}", "the {k} is {m}", "a {m} {w}: {k}", "{k} in a {m} mood",
          "a {m} and beautiful {k} {w}", "{k} for {n}", "{w} for {n} with {k}"),
    "t": ("{t} {k}", "{t} {k}", "{k} {p}", "{k}, {p}", "a {t} {w} of {k}", "{t} {w} with {k}", "{p}, {k}",
          "{k} {w}, {p}", "a {t} {k} {w}"),
    "mt": ("{m} {t} {k}", "{t} {m} {k}", "{m} {k} {p}", "{m} {k}, {p}", "a {m} {w} of {t} {k}", "{t}, {m} {k}",
           "a {m}, {t} {w} with {k}", "{k}, {m}, {t}", "{k}, {t} and {m}", "{t} {k} in a {m} mood", "{m} and {t} {k}",
           "{k} {p}, {m} {w}", "{t} {k} for {n}", "a {m} and {t} {k} {w}"),
}  # fmt: skip
FALLBACKS: tuple[str, ...] = ("a sound", "some music", "something", "audio", "anything", "music", "a nice sound")

OPENINGS: tuple[str, ...] = (
    "please play", "play", "i want to hear", "i want", "generate", "create", "give me", "let me hear", "make",
    "could you make", "a sample of", "an audio clip of", "a recording with", "i need", "compose", "30 seconds of",
)  # fmt: skip
CLOSINGS: tuple[str, ...] = (
    "high quality", "please", "for a video", "hi-fi", "stereo", "no vocals", "instrumental", "well recorded", "lofi",
    "studio quality", "for my game", "field recording", "clean sound", "long", "loopable",
)  # fmt: skip
# Common words that mean nothing to this model: descriptions carry them so that they are learnt to be ignored.
DISTRACTORS: tuple[str, ...] = (
    "very", "really", "some", "my", "this", "that", "there", "like", "nice", "beautiful", "lovely", "great", "new",
    "old", "red", "blue", "green", "house", "city", "cat", "dog", "car", "morning", "evening", "winter", "summer",
    "epic", "cinematic", "film", "scene", "story", "dream", "child", "woman", "man", "artist", "style", "classic",
    "modern", "electronic", "acoustic", "little", "big", "small", "golden", "silver", "distant", "near", "lonely",
    "forest", "garden", "road", "train", "space", "robot", "coffee", "kitchen", "window", "book", "letter", "number",
    "one", "two", "three", "minor", "major", "natural", "simple", "pure", "ancient", "magic", "romantic", "famous",
)  # fmt: skip
