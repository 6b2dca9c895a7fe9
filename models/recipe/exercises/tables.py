"""Capitals and opposites: two small tables learned by heart."""
from exchange import Exchange

CAPITALS = dict(pair.split("=") for pair in (
    "France=Paris|Germany=Berlin|Italy=Rome|Spain=Madrid|Portugal=Lisbon|England=London|Ireland=Dublin|"
    "Austria=Vienna|Poland=Warsaw|Greece=Athens|Norway=Oslo|Sweden=Stockholm|Denmark=Copenhagen|Finland=Helsinki|"
    "Japan=Tokyo|China=Beijing|Russia=Moscow|Egypt=Cairo|Canada=Ottawa|Mexico=Mexico City|Brazil=Brasilia|"
    "Kenya=Nairobi|Turkey=Ankara|the Netherlands=Amsterdam|Hungary=Budapest|India=New Delhi|Australia=Canberra|"
    "Peru=Lima|Belgium=Brussels|the United States=Washington"
).split("|"))
OPPOSITES = [pair.split("-") for pair in (
    "hot-cold big-small fast-slow old-young good-bad day-night high-low light-dark open-closed happy-sad wet-dry "
    "up-down left-right long-short hard-soft early-late full-empty strong-weak rich-poor clean-dirty first-last "
    "true-false"
).split()]
CAPITAL_FORMS = ["what is the capital of {c}", "which city is the capital of {c}", "capital of {c}",
                 "tell me the capital of {c}", "do you know the capital of {c}", "name the capital of {c}",
                 "what is the capital city of {c}"]
OPPOSITE_FORMS = ["what is the opposite of {a}", "the opposite of {a}", "tell me the opposite of {a}",
                  "opposite of {a}", "which word is the opposite of {a}"]


def opposite_or_capital(rng):
    if rng.random() < 0.6:
        country, city = rng.choice(list(CAPITALS.items()))
        question = rng.choice(CAPITAL_FORMS).format(c=country)
        return Exchange(question, f"The capital of {country} is {city}.", f"{city}.")
    a, b = rng.choice(OPPOSITES)
    if rng.random() < 0.5:
        a, b = b, a
    question = rng.choice(OPPOSITE_FORMS).format(a=a)
    return Exchange(question, f"The opposite of {a} is {b}.", f"{b.capitalize()}.")
