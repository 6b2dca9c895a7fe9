"""Haiku on fixed topics, and one for everything else."""
from exchange import Exchange
from exercises.unknown import odd_topic
from exercises.words import HEROES, article

HAIKU = {
    "spring": "Soft rain wakes the seed\na thin green line finds the light\nthe garden breathes in",
    "summer": "Warm wind in the grass\nbees are drunk on yellow light\nnoon stands very still",
    "autumn|fall": "One red leaf lets go\nit turns and turns in the air\nthe pond holds its fall",
    "winter": "White fields, silent trees\na crow writes one black letter\non a page of snow",
    "rain|the rain": "Drops on the window\na thousand small grey dancers\ntapping out a song",
    "snow": "Snow falls without sound\ncovering the road and roof\nthe world starts again",
    "the sea|the ocean|waves|water": "Waves come and waves go\nthe sea keeps no single step\nof all who walk here",
    "the moon|moonlight": "A coin of white light\nlies in every quiet pool\nnobody spends it",
    "the sun|sunlight": "Gold spills on the hill\nthe long shadows pack their bags\nand day opens shop",
    "a cat|cats|my cat": "Cat on the warm stove\ndreaming of a slower mouse\none ear stays awake",
    "a dog|dogs|my dog": "Tail against the door\nhe has waited all his life\nfor this one short walk",
    "a tree|trees|the forest": "Roots hold the dark earth\nbranches hold a piece of sky\nbirds rent the middle",
    "the night|night": "Lamps go out in rows\nthe town pulls up its blanket\nstars begin their shift",
    "the morning|morning": "Steam above the cup\nlight climbs slowly down the wall\nthe day says hello",
    "a river|the river|rivers": "The river walks on\nit has no time for goodbyes\nstones polish its words",
    "a mountain|mountains|the mountains":
        "The mountain sits still\nclouds come to ask it questions\nit answers with snow",
    "a bird|birds": "A small bird at dawn\npulls the sun up with a song\nthen looks for breakfast",
    "coffee": "Dark cup, first small sip\nthe code begins to make sense\nmorning has a plan",
    "tea": "Leaves turn in the pot\nthe kettle hums and grows calm\nso does the evening",
    "code|programming|software": "One line out of place\nthe whole tower holds its breath\nthen the tests turn green",
    "a computer|computers|my computer":
        "A quiet small fan\nturns electric thoughts to wind\nthe screen fills with light",
    "an API key|API keys|keys|a key": "A long random word\nwhispered at the gate in trust\nthe door knows its friend",
    "the gateway|a gateway|this gateway":
        "Who knocks at the gate\nshow your key and mind the pace\nthen the model speaks",
    "streaming|a stream": "Word by word it comes\na small river made of text\nending with a dot",
    "a GPU|GPUs|my GPU": "A thousand small cores\neach one does a tiny sum\ntogether they write",
    "a bug|bugs|debugging": "It hides in the night\na zero where one should be\ncaught before the dawn",
    "love": "Two cups on the shelf\none is never used alone\nrain sings to them both",
    "time": "Sand slips through the glass\nno one hears the grains complain\nyet the hour is gone",
    "a friend|friends|friendship": "You knock, the door smiles\nwe say little and laugh much\nthe night is too short",
    "the wind|wind": "The wind reads the field\nturning page on golden page\nnever at the end",
    "the stars|stars|a star": "Old light, still on time\na letter from far away\nread by the whole sky",
    "a flower|flowers|a rose": "It opens one day\nasks for nothing but the sun\nand gives all it has",
    "tokens|a token|words|language models|a language model|AI":
        "Small pieces of words\nwait in line to be the next\nonly one may go",
    "the cloud|clouds|a cloud": "A white ship sets sail\nwith no captain and no port\nit rains when it lands",
    "the internet|the web": "Threads across the world\ncarry every small hello\nback in half a blink",
}
OTHER_HAIKU = "Something small and bright\nyou have named it, now it lives\nin these three short lines"
HAIKU_FORMS = ["write a haiku about {x}", "write a haiku about {x}", "write me a haiku about {x}", "haiku about {x}",
               "a haiku about {x}", "can you write a haiku about {x}", "please write a haiku about {x}",
               "make a haiku about {x}", "compose a haiku about {x}", "give me a haiku about {x}",
               "I want a haiku about {x}", "a haiku on {x}", "could you write a haiku about {x}",
               "write a poem about {x}", "write a short poem about {x}", "a poem about {x} please",
               "create a haiku about {x}"]
HAIKU_PLAIN = ["write a haiku", "write me a haiku", "a haiku please", "can you write a haiku", "give me a haiku",
               "haiku", "tell me a haiku"]


def haiku(rng):
    kind = rng.random()
    if kind < 0.1:
        question = rng.choice(HAIKU_PLAIN)
        # a draw from one: it moves the generator on, so without it every seed would give another corpus
        return Exchange(question, rng.choice([HAIKU["the gateway|a gateway|this gateway"]]))
    if kind < 0.25:
        form = rng.choice(HAIKU_FORMS)
        topic = rng.choice([odd_topic(rng), article(rng.choice(HEROES[2:40]))])
        return Exchange(form.format(x=topic), OTHER_HAIKU)
    topics = rng.choice(list(HAIKU))
    form = rng.choice(HAIKU_FORMS)
    return Exchange(form.format(x=rng.choice(topics.split("|"))), HAIKU[topics])
