"""One question with its answers, the unit that every source of training text produces."""
from typing import NamedTuple, Optional


class Exchange(NamedTuple):
    question: str
    answer: str
    short: Optional[str] = None  # the answer when a brief one is asked for
    more: Optional[str] = None   # the answer to "tell me more"
