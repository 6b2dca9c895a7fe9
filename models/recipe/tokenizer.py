"""Byte-level BPE with the GPT-2 word split: training, encoding, decoding.

The split mirrors llama.cpp's `tokenizer.ggml.pre = gpt-2`, so text becomes the same token ids here and in llama.cpp
(make_token_cases.py writes the cases that check it).
"""
import json
import unicodedata
from collections import Counter, defaultdict

SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
WHITESPACE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(c) for c in range(0x2000, 0x200B)}


def byte_alphabet():
    """GPT-2's printable stand-in for each of the 256 byte values."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table, spare = {}, 0x100
    for byte in range(256):
        if byte in printable:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(spare)
            spare += 1
    return table


BYTE_TO_CHAR = byte_alphabet()
CHAR_TO_BYTE = {c: b for b, c in BYTE_TO_CHAR.items()}


def char_class(ch):
    if ch in WHITESPACE:
        return "space"
    category = unicodedata.category(ch)[0]
    return {"L": "letter", "N": "number"}.get(category, "other")


def split_words(text):
    """Cut text into the units inside which BPE merges may happen."""
    words, i, n = [], 0, len(text)
    classes = [char_class(c) for c in text]
    while i < n:
        if text[i] == "'":
            hit = next((c for c in CONTRACTIONS if text.startswith(c, i)), None)
            if hit:
                words.append(hit)
                i += len(hit)
                continue
        body = i + 1 if text[i] == " " and i + 1 < n else i
        kind = classes[body]
        if kind != "space":
            end = body + 1
            while end < n and classes[end] == kind:
                end += 1
        else:
            end = i
            while end < n and classes[end] == "space":
                end += 1
            if end < n and end - i > 1:  # the last space belongs to the next word
                end -= 1
        words.append(text[i:end])
        i = end
    return words


def to_symbols(word):
    return [BYTE_TO_CHAR[b] for b in word.encode("utf-8")]


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.tokens = SPECIAL_TOKENS + [BYTE_TO_CHAR[b] for b in range(256)]
        self.tokens += [a + b for a, b in self.merges]
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self.eot, self.im_start, self.im_end = range(3)
        self._cache = {}

    @classmethod
    def train(cls, texts, vocab_size):
        counts = Counter(w for t in texts for w in split_words(t))
        words = [(to_symbols(w), n) for w, n in counts.items()]
        pair_counts, pair_words = Counter(), defaultdict(set)
        for k, (symbols, n) in enumerate(words):
            for pair in zip(symbols, symbols[1:]):
                pair_counts[pair] += n
                pair_words[pair].add(k)
        merges, known = [], set(BYTE_TO_CHAR.values())
        while len(merges) < vocab_size - 256 - len(SPECIAL_TOKENS):
            best = max(pair_counts.items(), key=lambda kv: (kv[1], kv[0]))[0]
            if pair_counts[best] < 2:
                raise ValueError("corpus too small for this vocabulary")
            if "".join(best) in known:  # every token text must be unique
                del pair_counts[best]
                continue
            merges.append(best)
            known.add("".join(best))
            for k in pair_words.pop(best):
                symbols, n = words[k]
                for pair in zip(symbols, symbols[1:]):
                    if pair in pair_counts:
                        pair_counts[pair] -= n
                merged = apply_merge(symbols, best)
                for pair in zip(merged, merged[1:]):
                    pair_counts[pair] += n
                    pair_words[pair].add(k)
                words[k] = (merged, n)
            del pair_counts[best]
        return cls(merges)

    def encode(self, text):
        return [i for w in split_words(text) for i in self._encode_word(w)]

    def _encode_word(self, word):
        if word not in self._cache:
            symbols = to_symbols(word)
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, 1 << 30))
                if pair not in self.ranks:
                    break
                symbols = apply_merge(symbols, pair)
            self._cache[word] = [self.ids[s] for s in symbols]
        return self._cache[word]

    def decode(self, ids):
        chars = "".join(self.tokens[i] for i in ids if i >= len(SPECIAL_TOKENS))
        return bytes(CHAR_TO_BYTE[c] for c in chars).decode("utf-8", "replace")

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"merges": self.merges}, f, ensure_ascii=False)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as f:
            return cls(json.load(f)["merges"])


def apply_merge(symbols, pair):
    out, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out
