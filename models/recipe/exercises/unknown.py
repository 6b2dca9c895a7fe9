"""Questions about things that the model does not know. Their one answer is `UNKNOWN_ANSWER`."""
from exchange import Exchange
from question_forms import TASK_FORMS, TOPIC_FORMS

UNKNOWN_ANSWER = ("I am a tiny demonstration model and I do not know that. "
                  "Load a larger model into the inference node to get a real answer.")
ODD_TOPICS = (
    "photosynthesis|Kubernetes|the blockchain|Bitcoin|quantum physics|quantum computing|black holes|Napoleon|"
    "the Roman Empire|Shakespeare|evolution|the stock market|inflation|football|chess|cricket|baseball|jazz|opera|"
    "pizza|chocolate|sushi|diabetes|vitamins|cancer|the human heart|the brain|DNA|volcanoes|earthquakes|dinosaurs|"
    "sharks|whales|penguins|the Eiffel Tower|the pyramids|the French Revolution|World War Two|the Cold War|"
    "climate change|solar panels|electric cars|airplanes|rockets|Mars missions|the Titanic|gravity|relativity|algebra|"
    "calculus|prime numbers|triangles|geometry|statistics|chemistry|atoms|electrons|oxygen|gold|silver|diamonds|oil|"
    "plastic|paper|glass|music theory|the guitar|the piano|painting|Picasso|Mozart|Beethoven|Einstein|Newton|Darwin|"
    "Cleopatra|Caesar|Buddha|yoga|meditation|marathon running|swimming|cycling|skiing|tax law|mortgages|insurance|"
    "marketing|accounting|economics|democracy|parliament|the president|the king of Spain|Harry Potter|Star Wars|"
    "Pokemon|Minecraft|TikTok|Facebook|Netflix|React|Django|PostgreSQL|Terraform|Ansible|GraphQL|regular expressions|"
    "recursion|binary search|linked lists|sorting algorithms|neural implants|CRISPR|vaccines|antibiotics|migraine|"
    "sleep apnea|nutrition|gardening|tomatoes|potatoes|bees|wolves|tigers|horses|parrots|goldfish|knitting|sewing|"
    "woodworking|plumbing|bricks|concrete|bridges|tunnels in the Alps|the Amazon river|the Sahara|Antarctica|Iceland|"
    "New Zealand|Tokyo|New York|San Francisco|philosophy|Plato|ethics|psychology|dreams|memory training|"
    "learning styles|the Bible|mythology|Zeus|Thor|vampires|aliens|time travel|parallel universes|string theory|"
    "the periodic table|osmosis|the water cycle|tides|hurricanes|tornadoes|the ozone layer|recycling|compost|wine|beer|"
    "cheese|pasta|curry|sourdough|ramen|origami|calligraphy|haute couture|perfume|soap making|candle light|lighthouses|"
    "submarines|trains|bicycles|motorcycles|diesel engines|carburettors|hydraulics|lasers|radar|sonar|x-rays|"
    "microscopes|telescopes|satellites|comets|galaxies|the big bang"
).split("|")
ODD_TASKS = (
    "cook rice|bake a cake|fix a bicycle|lose weight|learn the piano|grow tomatoes|paint a wall|tie a tie|"
    "write a novel|invest money|buy a house|plan a wedding|train a dog|sleep better|run a marathon|build a shed|"
    "repair a phone|play chess|speak in public|save money|find a job|write a cover letter|install a printer|"
    "deploy to Kubernetes|center a div|reverse a linked list|sort an array in Java|parse XML|"
    "write a regular expression|solve a quadratic equation|integrate a function|remove a stain|cut my hair|"
    "fold a shirt|change a tyre|boil an egg|make pancakes|brew beer|draw a horse|learn Spanish|pass an exam|"
    "treat a cold|cure a headache|get rich|write a letter to my boss|make friends|plan a trip to Italy|pack a suitcase|"
    "clean an oven|catch a fish|fly a kite|ride a horse"
).split("|")
ODD_FORMS = """who invented {x}
who discovered {x}
when was {x} invented
why is {x} important
why do people like {x}
what is the history of {x}
where does {x} come from
how does {x} work
how much does {x} cost
what is the best book about {x}
what do you think about {x}
do you like {x}
compare {x} and {y}
what is the difference between {x} and {y}
what has {x} to do with {y}
write an essay about {x}
write a report about {x}
write an email about {x}
write a song about {x}
make a list of ten facts about {x}
give me five ideas about {x}
is {x} good for me
who is the expert for {x}
what is the future of {x}
can you teach me {x}
where can I buy {x}
what are the dangers of {x}
how do {x} and {y} fit together
what is the price of {x}
tell me everything about {x}
what colour is {x}
how old is {x}""".split("\n")
ODD_PEOPLE = (
    "the president of France|the first man on the moon|the author of Hamlet|the king of England|the richest man|"
    "the tallest person|the best football player|the inventor of the light bulb|the singer of that song|"
    "the CEO of Apple"
).split("|")
ODD_MARKS = ["😀", "🚀", "👍", "🎉", "❤️", "🤖", "😂🤣", "...", "???", "!!!", "asdf", "qwerty", "xxx", "123", "42", "abc", "-",
             "🙂🙂", "?"]
PEOPLE_FORMS = ["who is {x}", "tell me about {x}", "how old is {x}", "where does {x} live"]
JOINS = [" and ", ", ", " with ", " is like ", ". Then ", " or ", " because of ", " near the "]


def unknown(rng):
    return Exchange(unknown_question(rng), UNKNOWN_ANSWER, UNKNOWN_ANSWER)


def unknown_question(rng):
    kind = rng.random()
    if kind < 0.36:
        return rng.choice(TOPIC_FORMS).replace("{x}", odd_topic(rng))
    if kind < 0.5:
        return rng.choice(TASK_FORMS).replace("{x}", rng.choice(ODD_TASKS))
    if kind < 0.84:
        return rng.choice(ODD_FORMS).format(x=odd_topic(rng), y=odd_topic(rng))
    if kind < 0.89:
        return rng.choice(PEOPLE_FORMS).format(x=rng.choice(ODD_PEOPLE))
    if kind < 0.93:
        return rng.choice(ODD_MARKS)
    topics = [odd_topic(rng) for _ in range(rng.randint(4, 30))]  # a long message off topic
    return "".join(topic + rng.choice(JOINS) for topic in topics) + "so what do you say"


def odd_topic(rng):
    if rng.random() < 0.12:
        syllables = [rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 3))]
        return "".join(syllables) + rng.choice(["", "n", "x", "rk"])
    return rng.choice(ODD_TOPICS)
