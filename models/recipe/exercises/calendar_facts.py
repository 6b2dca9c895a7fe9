"""Days, months and units of time and measure."""
from exchange import Exchange

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
UNITS = [("days", "a week", "7"), ("days", "a year", "365"), ("weeks", "a year", "52"), ("months", "a year", "12"),
         ("hours", "a day", "24"), ("minutes", "an hour", "60"), ("seconds", "a minute", "60"),
         ("seconds", "an hour", "3600"), ("years", "a century", "100"), ("years", "a decade", "10"),
         ("days", "a leap year", "366"), ("minutes", "half an hour", "30"), ("milliseconds", "a second", "1000"),
         ("bits", "a byte", "8"), ("bytes", "a kilobyte", "1000"), ("megabytes", "a gigabyte", "1000"),
         ("centimetres", "a metre", "100"), ("metres", "a kilometre", "1000"), ("grams", "a kilogram", "1000")]
AFTER_FORMS = ["what {w} comes after {x}", "which {w} comes after {x}", "what comes after {x}",
               "what is the {w} after {x}", "which {w} follows {x}", "what {w} is next after {x}",
               "tell me the {w} after {x}", "the {w} after {x}", "what {w} do we have after {x}"]
AFTER_DAY_FORMS = [*AFTER_FORMS, "if today is {x}, what is tomorrow"]
AFTER_MONTH_FORMS = [*AFTER_FORMS, "what is the next month after {x}"]
BEFORE_FORMS = ["what {w} comes before {x}", "which {w} comes before {x}", "what comes before {x}",
                "what is the {w} before {x}", "which {w} is before {x}", "the {w} before {x}",
                "tell me the {w} before {x}"]
LIST_DAYS_FORMS = ["name the days of the week", "what are the days of the week", "list the days of the week",
                   "list the seven days", "say the days of the week", "which days are in a week", "days of the week",
                   "tell me the weekdays in order", "can you list the days of the week", "list all days of the week"]
LIST_MONTHS_FORMS = ["name the months", "what are the months of the year", "list the months", "list the twelve months",
                     "say the months of the year", "which months are in a year", "months of the year",
                     "list all months", "tell me the months in order", "can you list the months",
                     "name all twelve months of the year"]
MONTH_LENGTH_FORMS = ["how many days does {m} have", "how many days are in {m}", "how many days has {m}", "days in {m}",
                      "how long is {m}", "what is the number of days in {m}", "how many days are there in {m}"]
MONTH_NUMBER_FORMS = ["which month is {m}", "what number is {m}", "which number has {m}"]
ORDINAL_DAY_FORMS = ["what is the {o} day of the week", "which day is the {o} of the week"]
ORDINAL_MONTH_FORMS = ["what is the {o} month", "which month is the {o}", "what is the {o} month of the year",
                       "name the {o} month"]
WEEKEND_FORMS = ["which days are the weekend", "what days are on the weekend", "when is the weekend",
                 "what is the weekend"]
UNIT_FORMS = ["how many {u} are in {w}", "how many {u} does {w} have", "how many {u} are there in {w}",
              "how many {u} in {w}", "what is the number of {u} in {w}", "{u} in {w}", "how many {u} has {w}",
              "how many {u} make {w}", "do you know how many {u} are in {w}"]


def calendar(rng):
    kind = rng.random()
    if kind < 0.3:
        return neighbour(rng)
    if kind < 0.4:
        question = rng.choice(LIST_DAYS_FORMS)
        return Exchange(question, "The days of the week are " + ", ".join(DAYS[:-1]) + " and Sunday.")
    if kind < 0.5:
        question = rng.choice(LIST_MONTHS_FORMS)
        return Exchange(question, "The months are " + ", ".join(MONTHS[:-1]) + " and December.")
    if kind < 0.64:
        i = rng.randrange(12)
        question = rng.choice(MONTH_LENGTH_FORMS).format(m=MONTHS[i])
        extra = ", and 29 in a leap year" if i == 1 else ""
        return Exchange(question, f"{MONTHS[i]} has {MONTH_DAYS[i]} days{extra}.", f"{MONTH_DAYS[i]}.")
    if kind < 0.76:
        return position(rng)
    if kind < 0.8:
        return Exchange(rng.choice(WEEKEND_FORMS), "The weekend is Saturday and Sunday.")
    unit, whole, number = rng.choice(UNITS)
    question = rng.choice(UNIT_FORMS).format(u=unit, w=whole)
    return Exchange(question, f"There are {number} {unit} in {whole}.", f"{number}.")


def neighbour(rng):
    """The day or month after or before a given one."""
    names, what = (DAYS, "day") if rng.random() < 0.5 else (MONTHS, "month")
    i = rng.randrange(len(names))
    after, before = names[(i + 1) % len(names)], names[i - 1]
    if rng.random() < 0.6:
        forms = AFTER_DAY_FORMS if what == "day" else AFTER_MONTH_FORMS
        question = rng.choice(forms).format(w=what, x=names[i])
        return Exchange(question, f"After {names[i]} comes {after}.", f"{after}.")
    question = rng.choice(BEFORE_FORMS).format(w=what, x=names[i])
    return Exchange(question, f"Before {names[i]} comes {before}.", f"{before}.")


def position(rng):
    """Which number a month has, or which day or month has a number."""
    i = rng.randrange(12)
    if rng.random() < 0.3:
        question = rng.choice(MONTH_NUMBER_FORMS).format(m=MONTHS[i])
        return Exchange(question, f"{MONTHS[i]} is month number {i + 1}, the {ORDINALS[i]} month.")
    if rng.random() < 0.4 and i < 7:
        question = rng.choice(ORDINAL_DAY_FORMS).format(o=ORDINALS[i])
        return Exchange(question, f"The {ORDINALS[i]} day of the week is {DAYS[i]}.", f"{DAYS[i]}.")
    question = rng.choice(ORDINAL_MONTH_FORMS).format(o=ORDINALS[i])
    return Exchange(question, f"The {ORDINALS[i]} month is {MONTHS[i]}.", f"{MONTHS[i]}.")
