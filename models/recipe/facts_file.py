"""Reads facts.txt and smalltalk.txt: hand-written answers and the patterns that ask for them."""
import re

from exchange import Exchange
from question_forms import PERMISSION_FORMS, TASK_FORMS, TOPIC_FORMS

WORD_LISTS = {
    "gateway": "gateway|API gateway|LLM gateway|key gateway",
    "apikey": "API key|key|access key",
    "apikeys": "API keys|keys|access keys",
    "key": "key|API key|access key",
    "keys": "keys|API keys",
    "a_key": "an API key|a key|a new key|a new API key|an access key",
    "create": "create|make|generate|issue|add|get|set up|obtain",
}
# what stands before the colon of a pattern, and the sentences that it goes into; Q is a whole question already
FORMS = {"T": TOPIC_FORMS, "H": TASK_FORMS, "C": PERMISSION_FORMS, "Q": None}


class Fact:
    def __init__(self, name):
        self.name, self.patterns, self.answer, self.short, self.more = name, [], "", "", None

    def question(self, rng):
        kind, pattern = rng.choice(self.patterns)
        text = choose(pattern, rng)
        forms = FORMS[kind]
        return rng.choice(forms).replace("{x}", text) if forms else text

    def exchange(self, rng):
        return Exchange(self.question(rng), self.answer, self.short, self.more)


def read_facts(path):
    facts, target = [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            facts.append(Fact(line[1:]))
        elif line[:2] in ("Q:", "T:", "H:", "C:"):
            # forms that expand to many sentences are drawn more often
            facts[-1].patterns += [(line[0], line[2:].strip())] * (1 if line[0] == "Q" else 2)
        elif line[:2] in ("A:", "S:"):
            target = "answer" if line[0] == "A" else "short"
            setattr(facts[-1], target, line[2:].strip())
        elif line and not line.startswith("#"):  # an answer may span lines
            setattr(facts[-1], target, getattr(facts[-1], target) + "\n" + line)
    return facts


def choose(pattern, rng):
    """Fill {word lists} and resolve every (a|b) or [a|b], innermost first."""
    pattern = re.sub(r"\{(\w+)\}", lambda m: f"({WORD_LISTS[m[1]]})", pattern)
    while True:
        resolved = re.sub(r"[\[(]([^\[\]()]*)[\])]", lambda m: rng.choice(m[1].split("|")), pattern)
        if resolved == pattern:
            return re.sub(r"\s+([,?!.])", r"\1", re.sub(r"\s+", " ", resolved)).strip()
        pattern = resolved
