"""Write random strings with the token ids that training uses: make_token_cases.py TOKENIZER.json OUT.json

verify.ts and the tests check that llama.cpp tokenises each of them alike.
"""
import json
import random
import sys
import unicodedata

from tokenizer import Tokenizer

SEED = 5
COUNT = 200
POOLS = ["the API key's gateway I'm don't we'll they've you'd", "  \n\t ", "0123456789 401 429",
         "é ü ñ ß Ω Ж 漢字 日本語 العربية हिन्दी", "😀👩‍💻🇩🇪🚀❤️", "!?.,;:'\"()[]{}<>|/\\@#$%^&*-_=+`~",
         "<|im_end|><|endoftext|>"]


def random_char(rng):
    while True:
        char = chr(rng.choice([rng.randint(32, 0x2FFF), rng.randint(0x3000, 0xFFFF), rng.randint(0x10000, 0x1FFFF)]))
        if unicodedata.category(char) not in ("Cs", "Cn"):
            return char


def random_string(rng):
    parts = []
    for _ in range(rng.randint(1, 30)):
        pool = rng.choice(POOLS + [None])
        at = rng.randrange(len(pool)) if pool else 0
        parts.append(pool[at:at + rng.randint(1, 8)] if pool else random_char(rng))
    return "".join(parts)


def main():
    tok, rng = Tokenizer.load(sys.argv[1]), random.Random(SEED)
    cases = []
    while len(cases) < COUNT:
        text = random_string(rng)
        ids = tok.encode(text)
        assert tok.decode(ids) == text
        cases.append({"text": text, "ids": ids})
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        json.dump(cases, f)


if __name__ == "__main__":
    main()
