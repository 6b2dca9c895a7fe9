"""HTTP status codes: what each one means, which one means what, and how two of them differ."""
from exchange import Exchange

# code: name, what it means at length, what it means in short, other ways to say it
CODES = {
    200: ("OK",
          "means that all is well: the request worked and the answer is in the body",
          "the request worked",
          "everything is fine|success"),
    201: ("Created",
          "means that something new was made, such as an API key",
          "something new was made",
          "a new thing was created"),
    202: ("Accepted",
          "means that your request was taken in but is not finished, which is usual for an async job",
          "the job was accepted but is not finished",
          "an accepted job|a job that was accepted"),
    204: ("No Content",
          "means that the request worked and there is nothing to send back",
          "it worked, with nothing to return",
          "an empty answer"),
    400: ("Bad Request",
          "means that the request is not valid: broken JSON, a missing field, or a value that is not allowed. The "
          "error message names the field",
          "the request or one of its fields is not valid",
          "a malformed request|a broken body|invalid JSON|bad JSON|an invalid value|a bad parameter|a prompt longer "
          "than the context"),
    401: ("Unauthorized",
          "means that the API key is missing, wrong, expired or revoked. Check the Authorization header",
          "the key is missing or not valid",
          "a missing key|a wrong key|an invalid key|an invalid API key|a missing API key|a revoked key"),
    403: ("Forbidden",
          "means that you are known but not allowed to do this. For a model that your key may not use, the gateway "
          "says 404 instead",
          "you are known but not allowed to do this",
          "a forbidden action|missing rights"),
    404: ("Not Found",
          "means that the address, the model or the job does not exist, or that your key may not use it. Check the "
          "spelling of the path and the name",
          "the path, model or job does not exist for your key",
          "an unknown path|a wrong address|a missing page|an unknown model|a model that my key may not use"),
    405: ("Method Not Allowed",
          "means that the address exists but not for this method. Chat requests need POST, not GET",
          "the method is wrong, for example GET instead of POST",
          "a wrong method|using GET instead of POST"),
    408: ("Request Timeout",
          "means that the request took too long to arrive. Check your connection and send it again",
          "the request took too long to arrive",
          "a slow request|a request that arrives too slowly|a request timeout"),
    409: ("Conflict",
          "means that the request does not fit the present state, for example a name that is already used",
          "it conflicts with the present state",
          "a conflict|a name that already exists"),
    413: ("Payload Too Large",
          "means that the request body is too big. Send a shorter prompt or fewer messages",
          "the request body is too big",
          "a body that is too large|a request that is too big"),
    415: ("Unsupported Media Type",
          "means that the body has the wrong type. Send JSON and set the content type header",
          "the body has the wrong type",
          "a wrong content type"),
    422: ("Unprocessable Content",
          "means that the JSON is fine but a value in it is not. This gateway says 400 for that, and names the field",
          "a value in the request is not valid, for which this gateway says 400",
          "unprocessable content"),
    429: ("Too Many Requests",
          "means that the key has reached its rate limit or quota. Wait as long as the Retry-After header says and "
          "try again",
          "the rate limit or quota is reached",
          "too many requests|a full quota|a rate limit that was reached|sending too fast"),
    500: ("Internal Server Error",
          "means that something broke inside the gateway. Try again, and tell the operator if it stays",
          "something broke inside the gateway",
          "a crash in the gateway|an internal error"),
    501: ("Not Implemented",
          "means that this feature does not exist here",
          "the feature does not exist here",
          "a feature that does not exist"),
    502: ("Bad Gateway",
          "means that the inference node gave an answer that the gateway cannot use. Try again, and tell the operator"
          " if it stays",
          "the inference node gave no good answer",
          "a broken answer from the node|an unusable answer from the node"),
    503: ("Service Unavailable",
          "means that no inference node is online, or that the model is not ready or too busy. Wait as long as the "
          "Retry-After header says and try again",
          "the model is offline, not ready or too busy",
          "a busy model|a model that is not ready|an overloaded server|a node that is offline|a node that cannot be "
          "reached"),
    504: ("Gateway Timeout",
          "means that the inference node took too long to answer. Use a shorter answer, streaming or an async job",
          "the inference node took too long",
          "a node that is too slow|a model that takes too long"),
}
ASKED_MOST = (401, 429, 403, 404, 502, 503, 504, 500, 400, 413, 408, 422)
CODE_FORMS = """what does {c} mean
what does error {c} mean
what does status {c} mean
what does the code {c} mean
what is {c}
what is error {c}
what is a {c}
what is a {c} error
what is status code {c}
what is HTTP {c}
explain error {c}
explain {c}
explain the status code {c}
why do I get {c}
why do I get a {c}
why do I get error {c}
why did I get a {c} error
why do I see error {c}
why does the gateway return {c}
why does it say {c}
why is there a {c}
I got a {c}
I got error {c}
I get {c}
I get a {c} error
I keep getting {c}
my request failed with {c}
my request returns {c}
my call came back with {c}
the call ended with a {c}
it failed with status {c}
I am getting {c}
I am seeing a {c}
there is a {c} in my log
a {c} came back
the response was {c}
the response has status {c}
the server says {c}
the gateway answers {c}
it returns error {c}
how do I fix a {c}
how do I fix error {c}
how can I solve error {c}
what should I do about a {c}
what to do when I see {c}
what do I do with error {c}
help, error {c}
error {c}
error code {c}
HTTP {c}
status {c}
{c}
{c} {n}
what does {n} mean
what is {n}
I got {n}
when does {c} happen
when do I get a {c}
what causes a {c}
what causes error {c}
tell me about error {c}
meaning of {c}
what is the meaning of {c}
what is the reason for a {c}
is {c} bad""".split("\n")
REVERSE_FORMS = """which code means {r}
which error code stands for {r}
what is the status code for {r}
which status do I get for {r}
what error do I get for {r}
which error is {r}
what code is used for {r}""".split("\n")


ALIKE = [(401, 403), (403, 401), (502, 503), (503, 502), (502, 504), (503, 504), (429, 503), (400, 422), (500, 502),
         (408, 504), (404, 405), (504, 408), (422, 400)]
DIFFERENCE_FORMS = ["what is the difference between {a} and {b}", "{a} or {b}", "{a} vs {b}", "{a} versus {b}",
                    "how does {a} differ from {b}", "what is the difference between error {a} and error {b}",
                    "compare {a} and {b}", "how are {a} and {b} different"]


def status_code(rng):
    code = rng.choice([*CODES, *ASKED_MOST])
    name, text, short, reverse = CODES[code]
    kind = rng.random()
    if kind < 0.76:
        question = rng.choice(CODE_FORMS).format(c=code, n=name)
        return Exchange(question, f"{code} {name} {text}.", f"{code} means that {short}.")
    if kind < 0.88:
        question = rng.choice(REVERSE_FORMS).format(r=rng.choice(reverse.split("|")))
        return Exchange(question, f"That is {code} {name}. It means that {short}.", f"{code}.")
    return difference(code, rng)


def difference(code, rng):
    other = rng.choice([c for c in CODES if c != code])
    if rng.random() < 0.6:
        code, other = rng.choice(ALIKE)
    question = rng.choice(DIFFERENCE_FORMS).format(a=code, b=other)
    return Exchange(question, f"{code} means that {CODES[code][2]}. {other} means that {CODES[other][2]}.")
