#!/bin/sh
# Rebuild both GGUF files from the text in this folder. By hand, never part of an install.
# Needs Python 3 with torch and numpy (Debian: python3-torch, python3-numpy, libopenblas0).
# A quick trial that leaves the shipped files alone: OUT=build CONVERSATIONS=2000 STEPS=2 ./build.sh
# Afterwards: put the new sizes and SHA-256 into ../embedded.json and ../README.md, empty superseded-answers.json, and run
# `node models/verify.ts`.
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
WORK=${WORK:-./build}
OUT=${OUT:-..}
CONVERSATIONS=${CONVERSATIONS:-150000}
STEPS=${STEPS:-3400}
mkdir -p "$WORK"
# leave this out to train new vocabularies; then copy them and their token cases back here
cp ./*-tokenizer.json "$WORK"
"$PYTHON" make_corpus.py "$WORK/corpus.jsonl" "$CONVERSATIONS"
for arch in llama phi2; do
    "$PYTHON" train.py "$arch" "$WORK/corpus.jsonl" "$WORK" "$STEPS"
    "$PYTHON" export_gguf.py "$WORK/$arch.pt" "$WORK/$arch-tokenizer.json" "$OUT/tiny-$arch.gguf" q8_0
    "$PYTHON" make_token_cases.py "$WORK/$arch-tokenizer.json" "$WORK/token-cases-$arch.json"
done
