"""Generate the training conversations. Usage: make_corpus.py OUT.jsonl COUNT

All text is this project's own: facts.txt, smalltalk.txt and the exercises. Questions of held-out.json never enter the
corpus. The same seed and sources give the same bytes; every draw from the generator counts, so even a new question
form changes all that follows.
"""
import json
import random
import re
import sys
from pathlib import Path

from exchange import Exchange
from exercises.arithmetic import arithmetic
from exercises.calendar_facts import calendar
from exercises.counting import counting
from exercises.haiku import haiku
from exercises.refusals import echo, name_asked, name_given
from exercises.status_codes import status_code
from exercises.stories import story, tell_story
from exercises.tables import opposite_or_capital
from exercises.unknown import unknown
from exercises.words import HEROES
from facts_file import read_facts
from rewording import style
from system_prompts import system_prompt

SEED = 7
PROSE_SHARE = 0.03  # documents that are plain text, without a chat template
HERE = Path(__file__).parent

ASKS_SHORTER = ["shorter please", "shorter", "make it shorter", "can you say that in fewer words", "too long",
                "in short", "in one sentence", "summarise that", "say it shorter", "keep it short", "briefly please",
                "a shorter answer please", "can you be brief", "in a few words", "short version please",
                "that is too long", "give me the short version", "sum it up"]
ASKS_REPEAT = ["repeat that", "say that again", "can you repeat that", "again please", "repeat please",
               "what did you say", "please repeat", "I did not get that", "once more please", "pardon", "sorry, what",
               "say it again", "could you say that again", "repeat your answer", "I missed that, again please",
               "come again"]
ASKS_MORE = ["tell me more", "more please", "what else", "go on", "more details please", "continue", "and then",
             "anything else", "can you tell me more", "more about that", "I want to know more", "please continue"]
POLITE_FACTS = ("thanks", "ok", "bye", "praise", "are-you-sure")
UNSTYLED = (echo, name_given)              # their exact words matter
PLAINLY_STYLED = (*UNSTYLED, arithmetic)   # a reworded sum may be another sum


class Writer:
    """Draws conversations and prose from one random generator."""

    def __init__(self, rng):
        self.rng = rng
        self.facts = read_facts(HERE / "facts.txt")
        self.talk = read_facts(HERE / "smalltalk.txt")
        for here, after in zip(self.facts, self.facts[1:]):
            here.more = after.answer
        held_out = json.loads((HERE / "held-out.json").read_text(encoding="utf-8"))
        self.held_out = {normalise(item["question"]) for part in held_out.values() for item in part}
        by_name = {fact.name: fact for fact in self.talk}
        self.polite = [by_name[name] for name in POLITE_FACTS]
        self.makers = {  # how often each kind of question is drawn
            self.from_facts: 42, self.from_talk: 14, status_code: 6, arithmetic: 16, calendar: 5, counting: 5, story: 3,
            haiku: 3, opposite_or_capital: 3, echo: 1, name_given: 1, name_asked: 1, unknown: 7}

    def from_facts(self, rng):
        return rng.choice(self.facts).exchange(rng)

    def from_talk(self, rng):
        return rng.choice(self.talk).exchange(rng)

    def exchange(self):
        """One question in a user's words, with its answers; never one that is held out."""
        while True:
            maker = self.rng.choices(list(self.makers), list(self.makers.values()))[0]
            made = maker(self.rng)
            if normalise(made.question) in self.held_out:
                continue
            question = made.question
            if maker not in UNSTYLED:
                question = style(question, self.rng, plain=maker in PLAINLY_STYLED)
            if normalise(question) not in self.held_out:
                return made._replace(question=question)

    def conversation(self):
        rng = self.rng
        doc, turns, brief = {}, [], False
        if rng.random() < 0.35:
            doc["system"], brief = system_prompt(rng)
        length = rng.choices([1, 2, 3, rng.randrange(4, 9), rng.randrange(10, 38)], [72, 15, 7, 5.85, 0.15])[0]
        last = None
        while len(turns) < length:
            if last and rng.random() < 0.4:
                turns.append(self.follow_up(last))
                if turns[-1][1] == last.more:
                    last = None
            else:
                last = self.exchange()
                turns.append([last.question, last.short if brief and last.short else last.answer])
        doc["turns"] = turns
        return doc

    def follow_up(self, last: Exchange):
        """Returns [question, answer]: the last answer again, shorter, or continued, or a few polite words."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.3 and last.short:
            return [style(rng.choice(ASKS_SHORTER), rng, plain=True), last.short]
        if kind < 0.5:
            return [style(rng.choice(ASKS_REPEAT), rng, plain=True), last.answer]
        if kind < 0.65 and last.more:
            return [style(rng.choice(ASKS_MORE), rng, plain=True), last.more]
        fact = rng.choice(self.polite)
        return [style(fact.question(rng), rng, plain=True), fact.answer]

    def prose(self):
        rng = self.rng
        if rng.random() < 0.5:
            return {"text": tell_story(rng.choice(HEROES))}
        start = rng.randrange(len(self.facts) - 3)
        return {"text": " ".join(fact.answer for fact in self.facts[start:start + rng.randrange(1, 4)])}


def normalise(text):
    return re.sub(r"[^a-z0-9/+*-]+", " ", text.lower()).strip()


def main():
    out, count = sys.argv[1], int(sys.argv[2])
    writer = Writer(random.Random(SEED))
    with open(out, "w", encoding="utf-8") as f:
        for _ in range(count):
            doc = writer.prose() if writer.rng.random() < PROSE_SHARE else writer.conversation()
            f.write(json.dumps(doc, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
