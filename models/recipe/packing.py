"""Packs documents into batches of rows of a few fixed lengths, and batches into tensors."""
import torch

BATCH_TOKENS = 4096
ROW_LENGTHS = (128, 256, 512, 1024, 2048)


def pack(documents, rng):
    """Group documents into batches of rows; a row holds several whole documents."""
    open_rows = {length: [] for length in ROW_LENGTHS}
    full = {length: [] for length in ROW_LENGTHS}
    for doc in documents:
        length = next((n for n in ROW_LENGTHS if len(doc) <= n), None)
        if length is None:
            continue
        rows = open_rows[length]
        spot = next((r for r in rows if sum(map(len, r)) + len(doc) <= length), None)
        if spot is None:
            rows.append([doc])
            if len(rows) > 12:
                full[length].append(rows.pop(0))
        else:
            spot.append(doc)
    batches = []
    for length in ROW_LENGTHS:
        rows = full[length] + open_rows[length]
        rng.shuffle(rows)
        per_batch = max(1, BATCH_TOKENS // length)
        batches += [(length, rows[i:i + per_batch]) for i in range(0, len(rows), per_batch)]
    rng.shuffle(batches)
    return batches


def to_tensors(length, rows):
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    weight = torch.zeros(len(rows), length)
    owner = torch.full((len(rows), length), -1)
    for r, row in enumerate(rows):
        at = 0
        for d, doc in enumerate(row):
            n = len(doc)
            ids[r, at:at + n] = torch.tensor([i for i, _ in doc])
            weight[r, at:at + n] = torch.tensor([w for _, w in doc])
            weight[r, at] = 0.0  # nothing predicts a document's first token
            owner[r, at:at + n] = d
            at += n
    same = owner[:, :, None] == owner[:, None, :]
    visible = same & torch.ones(length, length, dtype=torch.bool).tril()
    mask = torch.zeros(visible.shape).masked_fill_(~visible, -1e9)[:, None, None]
    target_weight = weight[:, 1:].reshape(-1)
    keep = target_weight.nonzero()[:, 0]
    positions = keep + keep // (length - 1)  # index into rows that still have `length` columns
    return ids, mask, positions, ids[:, 1:].reshape(-1)[keep], target_weight[keep]
