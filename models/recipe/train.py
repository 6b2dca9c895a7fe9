"""Train one of the two models: train.py {llama|phi2} CORPUS.jsonl WORKDIR STEPS [--threads N] [--resume STEP]

Writes WORKDIR/{arch}.pt, and WORKDIR/{arch}-tokenizer.json unless it is there. With --resume the checkpoint in WORKDIR
is taken up again at that step, with a fresh optimiser state.
"""
import argparse
import json
import math
import os
import random
import time

import torch
import torch.nn.functional as F

from conversation_tokens import encode_document
from model import PRESETS, LanguageModel
from optimizers import make_optimizers, schedule
from packing import pack, to_tensors
from tokenizer import Tokenizer

SEED = 1234
TOKENIZER_DOCUMENTS = 30000   # enough to learn the vocabulary from, and quick
VALIDATION_DOCUMENTS = 300    # kept out of training, to see the perplexity
SAVE_EVERY, PRINT_EVERY = 200, 20  # steps
MAX_GRADIENT_NORM = 1.0


def batch_loss(model, batch):
    ids, mask, keep, target, weight = to_tensors(*batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(ids, mask, keep=keep)
    loss = F.cross_entropy(logits.float(), target, reduction="none")
    return (loss * weight).sum() / weight.sum()


def train_step(model, optimizers, batch, rate):
    """Returns the batch's loss. `rate` scales the learning rate of each optimiser."""
    for optimizer, learning_rate in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * rate
    model.zero_grad(set_to_none=True)
    loss = batch_loss(model, batch)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT_NORM)
    for optimizer, _ in optimizers:
        optimizer.step()
    return loss.item()


def perplexity(model, batches):
    """Per answer token, on conversations that are not trained on."""
    model.eval()
    with torch.no_grad():
        mean = sum(batch_loss(model, batch).item() for batch in batches) / len(batches)
    model.train()
    return math.exp(mean)


def only_answers(encoded):
    """The same documents with weight 1 on answer tokens and 0 on all others."""
    return [[(token, float(weight == 1)) for token, weight in doc] for doc in encoded]


def endless_batches(encoded, rng):
    while True:
        rng.shuffle(encoded)
        batches = pack(encoded, rng)
        print(f"epoch of {len(batches)} batches", flush=True)
        while batches:
            yield batches.pop()


def train(model, encoded, validation, rng, first_step, steps, checkpoint):
    optimizers = make_optimizers(model)
    batches = endless_batches(encoded, rng)
    started, smooth = time.time(), None
    for step in range(first_step, steps):
        loss = train_step(model, optimizers, next(batches), schedule(step, steps, first_step))
        smooth = loss if smooth is None else 0.98 * smooth + 0.02 * loss
        if step % PRINT_EVERY == 0:
            pace = (time.time() - started) / (step + 1 - first_step)
            print(f"step {step} loss {smooth:.3f} {pace:.2f}s/step", flush=True)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            torch.save({"config": model.cfg.to_dict(), "model": model.state_dict()}, checkpoint)
            print(f"step {step + 1} validation perplexity {perplexity(model, validation):.3f}", flush=True)


def corpus_texts(documents):
    """Everything the tokenizer should know well, the words of both templates included."""
    for doc in documents:
        yield doc.get("text") or "\n".join(text for turn in doc["turns"] for text in turn)
        yield "system\nuser\nassistant\nInstruct: \nOutput:"


def get_tokenizer(path, documents, vocab):
    if not os.path.exists(path):
        Tokenizer.train(corpus_texts(documents), vocab).save(path)
    return Tokenizer.load(path)


def load_corpus(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch", choices=sorted(PRESETS))
    parser.add_argument("corpus")
    parser.add_argument("workdir")
    parser.add_argument("steps", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", type=int, default=0, metavar="STEP")
    return parser.parse_args()


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    rng = random.Random(SEED + args.resume)
    os.makedirs(args.workdir, exist_ok=True)
    checkpoint = f"{args.workdir}/{args.arch}.pt"

    documents = load_corpus(args.corpus)
    config = PRESETS[args.arch]
    tokenizer_path = f"{args.workdir}/{args.arch}-tokenizer.json"
    tokenizer = get_tokenizer(tokenizer_path, documents[:TOKENIZER_DOCUMENTS], config.vocab)
    encoded = [encode_document(args.arch, tokenizer, doc, rng) for doc in documents]
    held_back, encoded = encoded[:VALIDATION_DOCUMENTS], encoded[VALIDATION_DOCUMENTS:]
    validation = pack(only_answers(held_back), random.Random(SEED))
    print(f"{args.arch}: {sum(map(len, encoded)) / 1e6:.2f}M tokens in {len(encoded)} documents", flush=True)

    model = LanguageModel(config)
    if args.resume:
        model.load_state_dict(torch.load(checkpoint)["model"])
    print(f"{model.size()} parameters", flush=True)
    train(model, encoded, validation, rng, args.resume, args.steps, checkpoint)


if __name__ == "__main__":
    main()
