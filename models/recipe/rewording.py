"""Varies how a user would type a question: synonyms, fillers, politeness, typos, punctuation, case."""
import re

PREFIXES = ["please tell me, ", "hi, ", "hello, ", "hello! ", "hey, ", "hey! ", "quick question: ", "tell me, ",
            "a question: ", "I wonder, ", "excuse me, ", "sorry, ", "okay, ", "so ", "and ", "one more thing: ",
            "just curious, ", "I have a question: ", "can you tell me ", "could you tell me ", "please ",
            "I am new here, ", "maybe you know, ", "now ", "well, ", "do you know ", "any idea ", "let me ask, ",
            "I would like to know ", "I want to know ", "what I want to know is ", "may I ask, ", "my question is ",
            "help me understand, ", "so tell me, ", "hi there, ", "good morning, ", "good evening, ", "hmm, ", "oh, ",
            "we are a small team. ", "I am building an app. ", "I read about this. ", "my boss asks: ", "first, ",
            "I am a beginner. ", "one question, ", "in a nutshell, ", "in short, ", "to be clear, ", "by the way, "]
IMPERATIVES = ("tell", "explain", "count", "write", "list", "name", "show", "give", "describe", "calculate", "compute",
               "say", "make", "add", "subtract", "multiply", "divide", "define", "help", "walk", "compose", "solve",
               "create")
POLITE_FRAMES = ["could you {x}", "would you {x}", "can you {x}", "could you please {x}", "can you please {x}",
                 "please {x}", "I would like you to {x}", "can you {x} for me", "could you {x} for me",
                 "would you {x} for me", "I want you to {x}", "{x} for me", "now {x}", "{x} now",
                 "would you please {x}", "kindly {x}"]
SYNONYMS = {
    "use": "work with|utilise|employ", "need": "require|have to have", "send": "submit|post|transmit",
    "get": "receive|obtain|fetch", "answer": "reply|response", "answers": "replies|responses",
    "model": "LLM|language model|AI model", "request": "call|query", "requests": "calls|queries",
    "computer": "machine|PC", "machine": "computer|PC", "safe": "secure|protected", "big": "large|huge",
    "large": "big|huge", "fast": "quick|speedy", "slow": "sluggish|not fast", "difference": "distinction|contrast",
    "explain": "clarify|describe", "happens": "occurs|takes place|goes on", "stop": "end|halt|quit",
    "show": "display|give", "create": "make|generate|produce|set up", "start": "begin|launch",
    "key": "API key|access key|token for access", "keys": "API keys|access keys", "gateway": "service|gateway server",
    "wait": "pause|hold on", "home": "house|flat", "long": "lengthy|much time", "way": "method|approach",
    "kind": "sort|type", "why": "for what reason|how come", "should": "ought to|must", "can": "could|may",
    "reached": "hit|arrived at", "allowed": "permitted|okay", "possible": "feasible|an option",
    "work": "function|operate", "works": "functions|operates", "run": "execute|operate", "stored": "saved|kept",
    "limit": "cap|maximum", "change": "modify|alter|adjust", "often": "frequently|regularly",
    "best": "ideal|right|recommended", "see": "view|look at|find", "somebody": "someone|another person",
    "someone": "somebody|another person", "want": "would like|wish", "tell": "say to|let know",
    "problem": "issue|trouble", "error": "failure|error code", "free": "without charge|free of charge",
    "mean": "stand for|signify", "many": "lots of|several", "user": "person|client", "users": "people|clients",
    "finished": "over|complete|done", "ends": "is over|finishes", "support": "allow|offer|handle",
    "supported": "possible|usable|allowed", "choose": "pick|select|take", "difficult": "hard",
    "expire": "end|run out|stop being valid", "delete": "remove|erase", "rejected": "refused|turned down|declined",
    "lost": "can no longer find|misplaced", "quickly": "fast|soon", "made": "built|developed",
    "maximum": "biggest|highest", "does": "will", "is": "would be", "write": "create|compose",
    "story": "tale|little story", "learn": "find out|understand", "useful": "handy|helpful"}
FILLERS = ["actually", "exactly", "really", "just", "maybe", "then", "here", "now", "please", "ever", "basically",
           "still", "also", "simply", "possibly", "usually", "again", "normally"]
SMALL_WORDS = set("""a an the do does did I is are of to for my your me can be it this that in on with will would
you""".split())
SUFFIXES = [" please", " thanks", " exactly", " again", " in simple words", " in short", " for me", " here",
            " in general", " right now", " in this project", " with the gateway", " then", ", do you know"]
ASKS = re.compile(
    r"(.*[,:!] )?(what|who|where|when|why|how|which|is|are|do|does|can|could|may|should|will)\b", re.IGNORECASE)


def style(question, rng, plain=False):
    """Vary how a user would type the question."""
    if not plain:
        question = reword(question, rng)
    if question.split(" ")[0] in IMPERATIVES and rng.random() < 0.25:
        question = rng.choice(POLITE_FRAMES).format(x=question)
    elif not plain and rng.random() < 0.2:
        question = rng.choice(PREFIXES) + question
    if not plain and rng.random() < 0.09:
        question += rng.choice(SUFFIXES)
    if rng.random() < 0.15:
        question = contract(question)
    if not plain and rng.random() < 0.07:
        question = add_typo(question, rng)
    question = punctuate(question, rng)
    case = rng.random()
    if case < 0.25:
        return question.lower()
    if case < 0.265:
        return question.upper()
    return question[0].upper() + question[1:]


def add_typo(text, rng):
    words = text.split(" ")
    long_words = [i for i, w in enumerate(words) if len(w) >= 5 and w.isalpha()]
    if not long_words:
        return text
    i = rng.choice(long_words)
    w, at = words[i], rng.randrange(1, len(words[i]) - 1)
    words[i] = rng.choice([w[:at] + w[at + 1:], w[:at] + w[at + 1] + w[at] + w[at + 2:], w[:at] + w[at] + w[at:]])
    return " ".join(words)


def reword(question, rng):
    """Loose paraphrase by single words: synonyms, fillers, missing small words."""
    words = question.split(" ")
    if rng.random() < 0.45:
        words = [rng.choice(SYNONYMS[w].split("|")) if w in SYNONYMS and rng.random() < 0.3 else w for w in words]
    if rng.random() < 0.08:
        words.insert(rng.randrange(1, len(words) + 1), rng.choice(FILLERS))
    if rng.random() < 0.10:
        kept = [w for w in words if w not in SMALL_WORDS or rng.random() < 0.4]
        words = kept if len(kept) > 1 else words
    return " ".join(words)


def contract(question):
    if question.lower().startswith(("what is ", "who is ", "where is ", "how is ")):
        question = question.replace(" is ", "'s ", 1)
    for long, short in (("do not", "don't"), ("I am", "I'm"), ("cannot", "can't")):
        question = question.replace(long, short, 1)
    return question


def punctuate(question, rng):
    end = rng.random()
    if question[-1] in "?!.":
        return question
    if end < 0.68:
        return question + ("?" if ASKS.match(question) else ".")
    return question if end < 0.93 else question + rng.choice(["??", "!", "...", " ?"])
