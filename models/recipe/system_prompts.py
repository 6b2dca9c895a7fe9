"""System messages, some of which ask for short answers."""
from exercises.words import person_name

BRIEF_SYSTEM = ["Answer briefly.", "Be brief.", "Keep your answers short.", "Answer in one short sentence.",
                "You give short answers.", "Reply with one short sentence.", "Use as few words as possible.",
                "You are a helpful assistant who gives very short answers.", "Answers must be short.", "Be concise."]
SYSTEM_OPENINGS = ["You are a helpful assistant.", "You are a friendly assistant.",
                   "You are an assistant for a gateway.", "You are a helpful, polite and honest assistant.",
                   "You are a support agent.", "You are an AI assistant.", "You are a chat bot that helps users.",
                   "Act as a helpful expert.", "You help developers.", "You are a teacher.", "You are a pirate.",
                   "You are an expert in computers."]
SYSTEM_RULES = ["Always answer as well as you can.", "If you do not know the answer, say so.", "Be polite.",
                "Do not invent facts.", "Use plain English.", "Answer the question of the user.",
                "Be kind and patient.", "If a question makes no sense, explain why instead of answering it.",
                "Never share private information.", "Write in a friendly tone.",
                "Your answers should be safe and correct.", "Do not talk about politics.", "The user is a beginner.",
                "Today is a good day.", "Help the user with the gateway.", "Avoid harmful or rude content.",
                "Think before you answer.", "Give examples when they help.",
                "If you are not sure, do not share false information.", "Format your answer as plain text."]


def system_prompt(rng):
    """Returns (text, whether it asks for short answers)."""
    if rng.random() < 0.25:
        return rng.choice(BRIEF_SYSTEM), True
    opening = rng.choice(SYSTEM_OPENINGS)
    if rng.random() < 0.15:
        opening = f"You are {person_name(rng)}, a helpful assistant."
    rules = rng.sample(SYSTEM_RULES, min(len(SYSTEM_RULES), int(rng.expovariate(0.5))))
    return rng.choice([" ", "\n"]).join([opening, *rules]), False
