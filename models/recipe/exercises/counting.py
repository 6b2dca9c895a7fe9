"""Counting up, down, and by twos."""
from exchange import Exchange
from exercises.words import NUMBER_WORDS

UP_FORMS = ["count to {b}", "count up to {b}", "count from 1 to {b}", "can you count to {b}", "please count to {b}",
            "count from one to {b}", "count until {b}", "numbers from 1 to {b}", "list the numbers from 1 to {b}",
            "say the numbers up to {b}", "count to {b} for me", "I want you to count to {b}"]
RANGE_FORMS = ["count from {a} to {b}", "list the numbers from {a} to {b}", "numbers from {a} to {b}",
               "please count from {a} to {b}", "can you count from {a} to {b}", "count for me from {a} to {b}",
               "say the numbers from {a} to {b}", "count the numbers between {a} and {b}"]
DOWN_FORMS = ["count down from {a}", "count backwards from {a}", "countdown from {a}", "count down from {a} to {b}",
              "start a countdown at {a}", "do a countdown from {a}"]
BY_TWOS_FORMS = ["list the {k} numbers up to {b}", "count the {k} numbers to {b}", "{k} numbers up to {b}"]


def counting(rng):
    kind = rng.random()
    spell = (lambda n: NUMBER_WORDS[n]) if rng.random() < 0.3 else str
    if kind < 0.65:
        end = rng.choice([3, 4, 5, 5, 6, 7, 8, 9, 10, 10, 10, 12, 15, 20, 20])
        return Exchange(rng.choice(UP_FORMS).format(b=spell(end)), number_list(range(1, end + 1)))
    if kind < 0.82:
        start, end = sorted(rng.sample(range(1, 13), 2))
        question = rng.choice(RANGE_FORMS).format(a=spell(start), b=spell(end))
        return Exchange(question, number_list(range(start, end + 1)))
    if kind < 0.95:
        start, end = rng.choice([3, 5, 5, 7, 8, 10, 10, 10, 12, 15, 20]), rng.choice([1, 1, 0])
        question = rng.choice(DOWN_FORMS).format(a=spell(start), b=spell(end))
        if "to" not in question.split():
            end = 1
        return Exchange(question, number_list(range(start, end - 1, -1)))
    even = rng.random() < 0.5
    form = rng.choice(BY_TWOS_FORMS)
    end = rng.choice([10, 20])
    return Exchange(form.format(k="even" if even else "odd", b=end), number_list(range(2 if even else 1, end + 1, 2)))


def number_list(numbers):
    return ", ".join(str(n) for n in numbers) + "."
