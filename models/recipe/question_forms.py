"""Ways to ask: for what a thing is, how a task is done, and whether something is allowed."""

TOPIC_FORMS = """what is {x}
what is {x}
what are {x}
what exactly is {x}
explain {x}
explain {x} to me
explain what {x} is
can you explain {x}
can you explain what {x} is
could you explain {x}
tell me about {x}
tell me what {x} is
tell me more about {x}
what do you know about {x}
define {x}
describe {x}
what is meant by {x}
what does {x} mean
the meaning of {x}
give me a short explanation of {x}
I do not understand {x}
I want to know what {x} is
I want to learn about {x}
do you know what {x} is
do you know {x}
how would you explain {x}
what can you tell me about {x}
what is the purpose of {x}
what is {x} in simple words
what is the idea of {x}
please explain {x}
walk me through {x}
give me an overview of {x}
give me some information on {x}
what should I know about {x}
what is {x} good for
what is {x} about
what is {x} all about
what is the use of {x}
what is the role of {x}
what do people mean by {x}
what do you mean by {x}
what do you call {x}
any idea what {x} is
I have never heard of {x}
I keep reading about {x}
info on {x}
in a nutshell, what is {x}
{x}""".split("\n")

TASK_FORMS = """how do I {x}
how do I {x}
how can I {x}
how to {x}
how would I {x}
how should I {x}
how do you {x}
how does one {x}
what do I do to {x}
what do I need to do to {x}
what is the best way to {x}
what is the way to {x}
what steps do I take to {x}
which steps are needed to {x}
I want to {x}
I need to {x}
I would like to {x}
I am trying to {x}
help me {x}
can you help me {x}
show me how to {x}
tell me how to {x}
tell me how I can {x}
explain how to {x}
can you explain how to {x}
is there a way to {x}
is it possible to {x}
how might I {x}
please tell me how to {x}
walk me through how to {x}
what does it take to {x}
what is the easiest way to {x}
what is the right way to {x}
what must I do to {x}
I would like to {x}, how
I want to {x}, what do I do
I have to {x}, what now
my task is to {x}
we need to {x}
what is needed to {x}
where do I {x}
is there an easy way to {x}""".split("\n")

PERMISSION_FORMS = """can I {x}
can I {x}
may I {x}
could I {x}
should I {x}
am I allowed to {x}
is it possible to {x}
is it okay to {x}
is it a good idea to {x}
is it allowed to {x}
would it be fine to {x}
what if I {x}
is it fine to {x}
is it wise to {x}
is it possible for me to {x}
do you recommend to {x}
I want to {x}, is that okay
would it be a problem to {x}
can we {x}""".split("\n")
