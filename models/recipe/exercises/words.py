"""Words and names that several exercises draw from."""

NUMBER_WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
                "sixteen seventeen eighteen nineteen twenty").split()
NAMES = """Ada Ben Carla Dan Emma Finn Gina Hugo Ida Jack Kim Leo Mia Noah Olga Paul Rosa Sam Tina Tom Uma Vera Will Zoe
Anna Bob Chris Diana Eric Fatima George Hannah Ivan Julia Karl Laura Maria Nick Omar Peter Ruth Sara Theo Victor Alice
Max Lily Oscar Nina Felix Clara Jonas Maya Luca Amir Yuki Priya Chen Aisha Pedro Ravi Elena Hana Kofi""".split()
SYLLABLES = "ba be bo da do fa fi ga ka ki la li lo ma mi mo na ni no pa ra ri ro sa se ta te ti to va vi za zo".split()
HEROES = """cat dog mouse fox bear rabbit owl robot dragon princess knight girl boy frog bird lion whale horse wizard
pirate tree star computer key gateway model farmer king queen ghost""".split()
OTHER_HEROES = """hedgehog elephant penguin turtle snail bee squirrel wolf duck cloud server token monster baker sailor
teacher fish spider goat sheep pig tiger unicorn spoon train house doctor""".split()
TRAITS = "little brave young clever kind shy curious quiet old friendly tiny cheerful".split()


def article(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def person_name(rng):
    if rng.random() < 0.6:
        return rng.choice(NAMES)
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))).capitalize()
