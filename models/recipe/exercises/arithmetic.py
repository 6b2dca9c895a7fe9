"""Small sums, comparisons, even and odd, and what comes next."""
from exchange import Exchange
from exercises.words import NUMBER_WORDS

OPERATIONS = {
    "+": ["{a} + {b}", "{a}+{b}", "{a} plus {b}", "the sum of {a} and {b}", "{a} and {b} together", "{a} added to {b}"],
    "-": ["{a} - {b}", "{a}-{b}", "{a} minus {b}", "{a} take away {b}", "the difference between {a} and {b}"],
    "*": ["{a} * {b}", "{a}*{b}", "{a} times {b}", "{a} x {b}", "{a} multiplied by {b}", "the product of {a} and {b}"],
    "/": ["{a} / {b}", "{a} divided by {b}", "{a}/{b}"],
}
SUM_FORMS = ["what is {e}", "what is {e}", "how much is {e}", "what is {e}", "calculate {e}", "compute {e}", "{e}",
             "{e} =", "{e} = ?", "what does {e} make", "what does {e} give", "tell me {e}", "can you calculate {e}",
             "solve {e}", "what do you get for {e}", "please calculate {e}", "do you know what {e} is", "what's {e}",
             "work out {e}", "quick, what is {e}", "how many is {e}", "can you tell me what {e} is",
             "the result of {e}", "what would {e} be", "how much would {e} be", "what will {e} be",
             "I need the result of {e}", "what number is {e}"]
ORDERS = {
    "+": ["add {a} and {b}", "add {a} to {b}", "sum up {a} and {b}"],
    "-": ["subtract {b} from {a}", "take {b} away from {a}"],
    "*": ["multiply {a} by {b}", "multiply {a} and {b}"],
    "/": ["divide {a} by {b}"],
}
TALES = ["if I have {a} apples and get {b} more, how many do I have",
         "I have {a} keys and create {b} more, how many keys do I have"]
SMALLER_FORMS = ["which is smaller, {a} or {b}", "what is smaller, {a} or {b}", "which is less, {a} or {b}"]
LARGER_FORMS = ["which is {w}, {a} or {b}", "what is {w}, {a} or {b}", "is {a} {w} than {b}"]
PARITY_FORMS = ["is {a} even or odd", "is {a} an even number", "is {a} odd", "is the number {a} even"]
AFTER_FORMS = ["what comes after {a}", "which number comes after {a}", "what number follows {a}"]
BEFORE_FORMS = ["what comes before {a}", "which number comes before {a}", "what is one less than {a}"]


def arithmetic(rng):
    kind = rng.random()
    if kind < 0.88:
        return small_sum(rng)
    if kind < 0.91:
        return comparison(rng)
    if kind < 0.93:
        a = rng.randint(0, 20)
        question = rng.choice(PARITY_FORMS).format(a=a)
        return Exchange(question, f"{a} is {'odd' if a % 2 else 'even'}.")
    if kind < 0.96:
        return neighbour(rng)
    a, b = rng.randint(41, 9999), rng.randint(11, 9999)
    question = rng.choice(SUM_FORMS).format(e=f"{a} {rng.choice('+-*/')} {b}")
    return Exchange(question, "I can only calculate with small numbers up to 20. A larger model can do more.")


def operands(op, rng):
    """Returns (a, b, a op b). Differences are never negative and quotients are whole."""
    top = 10 if rng.random() < 0.75 else 20
    a, b = rng.randint(0, top), rng.randint(0, top)
    if op == "+":
        return a, b, a + b
    if op == "-":
        a, b = max(a, b), min(a, b)
        return a, b, a - b
    if op == "*":
        a, b = rng.randint(0, 10), rng.randint(0, 10)
        return a, b, a * b
    b, value = rng.randint(1, 10), rng.randint(0, 10)
    return b * value, b, value


def small_sum(rng):
    op = rng.choices("+-*/", [50, 28, 17, 5])[0]
    a, b, value = operands(op, rng)
    words = rng.random() < 0.25 and max(a, b) <= 20
    form = rng.choice(OPERATIONS[op][2:] if words else OPERATIONS[op])
    shown = (NUMBER_WORDS[a], NUMBER_WORDS[b]) if words else (a, b)
    question = rng.choice(SUM_FORMS).format(e=form.format(a=shown[0], b=shown[1]))
    if rng.random() < 0.15:
        question = rng.choice(ORDERS[op]).format(a=shown[0], b=shown[1])
    elif rng.random() < 0.05 and op == "+":
        question = rng.choice(TALES).format(a=a, b=b)
    return Exchange(question, f"{a} {op} {b} = {value}.", f"{value}.")


def comparison(rng):
    a, b = rng.sample(range(21), 2)
    word = rng.choice(["bigger", "larger", "greater", "more"])
    if rng.random() < 0.3:
        question = rng.choice(SMALLER_FORMS).format(a=a, b=b)
        return Exchange(question, f"{min(a, b)} is smaller than {max(a, b)}.", f"{min(a, b)}.")
    question = rng.choice(LARGER_FORMS).format(w=word, a=a, b=b)
    return Exchange(question, f"{max(a, b)} is larger than {min(a, b)}.", f"{max(a, b)}.")


def neighbour(rng):
    a = rng.randint(0, 19)
    if rng.random() < 0.5:
        question = rng.choice(AFTER_FORMS).format(a=a)
        return Exchange(question, f"After {a} comes {a + 1}.", f"{a + 1}.")
    question = rng.choice(BEFORE_FORMS).format(a=a + 1)
    return Exchange(question, f"Before {a + 1} comes {a}.", f"{a}.")
