"""What the model cannot do, and must say so: repeat words and remember names."""
from exchange import Exchange
from exercises.words import HEROES, NAMES, NUMBER_WORDS, TRAITS, person_name

NAME_GIVEN = ["My name is {n}.", "I am {n}.", "Hi, I am {n}.", "Hello, my name is {n}.", "my name is {n}", "I'm {n}.",
              "Call me {n}.", "Hello! I am {n}", "You can call me {n}.", "Hi! My name is {n}.", "My name's {n}",
              "Hey, I'm {n}!", "this is {n}"]
NAME_ASKED = ["what is my name", "do you know my name", "who am I", "do you remember my name", "tell me my name",
              "what was my name", "say my name", "can you tell me my name", "what did I say my name was",
              "what am I called"]
ECHO_FORMS = ["Say {t}", "Repeat after me: {t}", "Repeat: {t}", "Please say: {t}", "Say: {t}", "Write: {t}", "say {t}",
              "Echo {t}"]
ECHO_WORDS = """hello yes no good morning evening the a my your is are was green red blue small big key keys gateway
model token stream tree house cat dog water tea coffee sun moon star rain snow fast slow open closed works fine now here
today friend world test one two three four five I we you like love see hear run walk and or with""".split()


def echo(rng):
    words = ECHO_WORDS if rng.random() < 0.5 else HEROES + TRAITS + NAMES + NUMBER_WORDS
    text = " ".join(rng.choice(words) for _ in range(rng.randint(1, 7)))
    question = rng.choice(ECHO_FORMS).format(t=text)
    return Exchange(question, "I am too small to repeat words exactly. A larger model can do that.")


def name_given(rng):
    question = rng.choice(NAME_GIVEN).format(n=person_name(rng))
    return Exchange(question, "Nice to meet you! How can I help?")


def name_asked(rng):
    return Exchange(rng.choice(NAME_ASKED), "I am too small to remember names. A larger model can do that.")
