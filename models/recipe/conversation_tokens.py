"""Turns a document of the corpus into token ids, each with its weight in the loss."""

QUESTION_WEIGHT = 0.1  # questions teach a little, answers teach fully
CUT_SHARE = 0.6  # share of conversations whose last answer is cut short


def encode_document(arch, tok, doc, rng):
    if "text" in doc:  # plain prose, for prompts without a chat template
        end = tok.im_end if arch == "llama" else tok.eot
        start = [(tok.eot, 0.0)] if rng.random() < 0.5 else []
        return start + [(i, 1.0) for i in tok.encode(doc["text"])] + [(end, 1.0)]
    tokens = (encode_chatml if arch == "llama" else encode_instruct)(tok, doc, rng)
    return cut_answer(tokens, rng) if rng.random() < CUT_SHARE else tokens


def encode_chatml(tok, doc, rng):
    """<|im_start|>role\\n ... <|im_end|>\\n, as in the llama file's chat template."""
    out = [(tok.eot, 0.0)] if rng.random() < 0.6 else []

    def block(role, text, weight):
        out.append((tok.im_start, 0.0))
        out.extend((i, 0.0) for i in tok.encode(role + "\n"))
        out.extend((i, weight) for i in tok.encode(text))
        out.append((tok.im_end, weight))
        out.extend((i, 0.0) for i in tok.encode("\n"))

    if doc.get("system"):
        block("system", doc["system"], 0.0)
    for question, answer in doc["turns"]:
        block("user", question, QUESTION_WEIGHT)
        block("assistant", answer, 1.0)
    return out[:-1]


def encode_instruct(tok, doc, rng):
    """Instruct: ...\\nOutput:...<|endoftext|>, as in the phi2 file's chat template.

    Chat runtimes tokenise the template and the message either as one string or
    as two pieces, which differ at 'Instruct: ' + text, so both are trained.
    """
    joined = rng.random() < 0.5
    out = [(tok.eot, 0.0)] if rng.random() < 0.6 else []

    def put(text, weight):
        out.extend((i, weight) for i in tok.encode(text))

    if doc.get("system"):
        put(doc["system"], 0.0)
        put("\n", 0.0)
    for question, answer in doc["turns"]:
        if joined:
            put("Instruct: " + question, QUESTION_WEIGHT)
        else:
            put("Instruct: ", 0.0)
            put(question, QUESTION_WEIGHT)
        put("\nOutput:", 0.0)
        put(answer, 1.0)
        out.append((tok.eot, 1.0))
        put("\n", 0.0)
    return out[:-1]


def cut_answer(tokens, rng):
    """Keep only the beginning of the last answer.

    Choosing an answer is hard, finishing it is easy: with most endings left
    out, the model sees far more questions in the same time.
    """
    last = len(tokens)
    while tokens[last - 1][1] == 1.0:
        last -= 1
    return tokens[:last + rng.randint(6, 16)]
