"""Short stories. Each hero has one fixed story: a model this small remembers well but copies badly."""
from exchange import Exchange
from exercises.words import HEROES, NAMES, OTHER_HEROES, TRAITS, article

PLACES = ["in a small house by the sea", "at the edge of a forest", "on a green hill", "in an old tower",
          "near a quiet lake", "in a busy town", "under a big tree", "in a warm little room", "behind the mountains",
          "on a tiny island"]
PLOTS = [
    ["One morning {n} found a golden key on the ground.",
     "Nobody knew which door it opened, so {n} tried every door in the village.",
     "The last door was small and blue, and behind it was a room full of books.",
     "From that day on {n} read a new book every night."],
    ["One night a storm blew the roof off the house of a neighbour.",
     "{n} was afraid of the wind, but ran out to help anyway.",
     "Together they fixed the roof before the sun came up.",
     "After that the two of them were best friends."],
    ["{n} wanted to see the sea more than anything else.",
     "The way was long and there were many hills.",
     "An old owl gave {n} a map and said that every river ends at the sea.",
     "{n} followed the river for three days and at last saw the waves."],
    ["One day {n} lost the way in a thick fog.",
     "There was no light and no sound.",
     "Then {n} began to sing, and a friend heard the song and came with a lamp.",
     "They walked home together and drank hot tea."],
    ["{n} had a garden, but nothing wanted to grow in it.",
     "A wise bee said that a garden needs water and patience.",
     "So {n} watered it every morning and waited.",
     "In spring the garden was full of flowers."],
    ["Every evening {n} looked at the stars and asked what they were.",
     "Nobody could give an answer.",
     "So {n} built a long glass tube and looked through it.",
     "The stars were still far away, but now they felt like friends."],
    ["One winter there was not enough food in the village.",
     "{n} remembered a field behind the hill where apples grew.",
     "{n} went there through the snow and came back with a full basket.",
     "Everybody shared the apples, and nobody was hungry."],
    ["{n} guarded a gate and let in only those who had a key.",
     "One day a stranger came who had lost his key.",
     "{n} did not open the gate, but helped him to get a new key.",
     "The stranger said thank you, and the town stayed safe."],
    ["{n} wanted to be the fastest of all.",
     "In the big race {n} saw that a friend had fallen.",
     "{n} stopped and helped the friend to stand up.",
     "They came in last, but everyone cheered for them."],
    ["One day {n} found a small box that could speak.",
     "It said one word at a time, and {n} listened with wide eyes.",
     "Word by word the box told a long story about the world.",
     "When it was finished, {n} said: please tell me another one."],
]
STORY_FORMS = ["tell me a story about {x}", "tell me a short story about {x}", "write a story about {x}",
               "write a short story about {x}", "can you tell me a story about {x}", "a story about {x} please",
               "I want a story about {x}", "make up a story about {x}", "please tell a story about {x}",
               "give me a story about {x}", "tell a tale about {x}", "a short tale about {x}",
               "tell me a little story about {x}", "I would like a story about {x}",
               "I would like to hear a story about {x}", "do you know a story about {x}",
               "let us hear a story about {x}", "tell a nice story about {x}"]
STORY_PLAIN = ["tell me a story", "tell me a short story", "write a story", "can you tell me a story", "a story please",
               "story time", "tell me a bedtime story", "tell me another story", "I want to hear a story",
               "write me a short story", "tell a story", "make up a story", "do you know a story"]


def tell_story(hero):
    i = HEROES.index(hero)
    name, trait, place = NAMES[i], TRAITS[i % len(TRAITS)], PLACES[i * 3 % len(PLACES)]
    opening = f"Once upon a time there was {article(trait)} {hero} named {name} who lived {place}."
    lines = [opening, *PLOTS[i % len(PLOTS)]]
    return " ".join(line.replace("{n}", name) for line in lines)


def story(rng):
    kind = rng.random()
    if kind < 0.2:
        return Exchange(rng.choice(STORY_PLAIN), tell_story("owl"))
    known = kind < 0.85
    hero = rng.choice(HEROES if known else OTHER_HEROES)
    shown = rng.choice([article(hero), article(rng.choice(TRAITS) + " " + hero), "the " + hero, hero + "s"])
    return Exchange(rng.choice(STORY_FORMS).format(x=shown), tell_story(hero if known else "owl"))
