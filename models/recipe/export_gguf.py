"""Write a trained checkpoint as a GGUF file: export_gguf.py CHECKPOINT TOKENIZER.json OUT.gguf [f16|q8_0]"""
import sys

import numpy as np
import torch

from gguf_writer import BOOL, F32, FILE_TYPES, I32, STRING, U32, write_gguf
from model import Config
from tokenizer import SPECIAL_TOKENS, Tokenizer

TOKEN_NORMAL, TOKEN_CONTROL = 1, 3

CHATML_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")

INSTRUCT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] + '\\n' }}"
    "{% elif message['role'] == 'user' %}{{ 'Instruct: ' + message['content'] + '\\n' }}"
    "{% else %}{{ 'Output:' + message['content'] + '<|endoftext|>' + '\\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Output:' }}{% endif %}")


def general_fields(cfg, weight_type):
    name = {"llama": "Tiny Llama help model", "phi2": "Tiny Phi-2 help model"}[cfg.arch]
    return [
        ("general.architecture", STRING, cfg.arch),
        ("general.name", STRING, name),
        ("general.description", STRING, "Small demonstration chat model trained from scratch on its own text."),
        ("general.file_type", U32, FILE_TYPES[weight_type]),
        ("general.quantization_version", U32, 2),
    ]


def shape_fields(cfg):
    eps_key = "layer_norm_rms_epsilon" if cfg.arch == "llama" else "layer_norm_epsilon"
    values = [
        ("context_length", U32, cfg.context),
        ("embedding_length", U32, cfg.dim),
        ("block_count", U32, cfg.layers),
        ("feed_forward_length", U32, cfg.ffn),
        ("attention.head_count", U32, cfg.heads),
        ("attention.head_count_kv", U32, cfg.kv_heads),
        ("attention." + eps_key, F32, cfg.eps),
        ("rope.dimension_count", U32, cfg.rotary),
        ("rope.freq_base", F32, cfg.rope_base),
        ("vocab_size", U32, cfg.vocab),
    ]
    return [(f"{cfg.arch}.{key}", kind, value) for key, kind, value in values]


def tokenizer_fields(cfg, tok):
    kinds = [TOKEN_CONTROL if t in SPECIAL_TOKENS else TOKEN_NORMAL for t in tok.tokens]
    end = tok.im_end if cfg.arch == "llama" else tok.eot
    return [
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "gpt-2"),
        ("tokenizer.ggml.tokens", STRING, tok.tokens),
        ("tokenizer.ggml.token_type", I32, kinds),
        ("tokenizer.ggml.merges", STRING, [" ".join(m) for m in tok.merges]),
        ("tokenizer.ggml.bos_token_id", U32, tok.eot),
        ("tokenizer.ggml.eos_token_id", U32, end),
        ("tokenizer.ggml.eot_token_id", U32, end),
        ("tokenizer.ggml.padding_token_id", U32, tok.eot),
        ("tokenizer.ggml.add_bos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, CHATML_TEMPLATE if cfg.arch == "llama" else INSTRUCT_TEMPLATE),
    ]


def named_tensors(cfg, state):
    """(name in the GGUF file, array) of every tensor, in the order of the file."""
    weights = {key: value.float().numpy() for key, value in state.items()}
    block_tensors = llama_block_tensors if cfg.arch == "llama" else phi2_block_tensors
    tensors = [("token_embd.weight", weights["embed.weight"])]
    for i in range(cfg.layers):
        tensors += block_tensors(cfg, weights, f"blocks.{i}", f"blk.{i}")
    return tensors + renamed(weights, {"norm": "output_norm", "head": "output"})


def renamed(weights, names):
    """Weight and, where there is one, bias of each module under its name in the file."""
    return [(f"{name}.{part}", weights[f"{module}.{part}"])
            for module, name in names.items() for part in ("weight", "bias") if f"{module}.{part}" in weights]


def llama_block_tensors(cfg, weights, src, dst):
    q, k, v = np.split(weights[f"{src}.attn.qkv.weight"], [cfg.dim, cfg.dim + cfg.kv_heads * cfg.head_dim])
    gate, up = np.split(weights[f"{src}.gate_up.weight"], 2)
    return [
        *renamed(weights, {f"{src}.attn_norm": f"{dst}.attn_norm"}),
        (f"{dst}.attn_q.weight", q), (f"{dst}.attn_k.weight", k), (f"{dst}.attn_v.weight", v),
        *renamed(weights, {f"{src}.attn.out": f"{dst}.attn_output", f"{src}.ffn_norm": f"{dst}.ffn_norm"}),
        (f"{dst}.ffn_gate.weight", gate), (f"{dst}.ffn_up.weight", up),
        *renamed(weights, {f"{src}.down": f"{dst}.ffn_down"}),
    ]


def phi2_block_tensors(_cfg, weights, src, dst):
    return renamed(weights, {
        f"{src}.attn_norm": f"{dst}.attn_norm", f"{src}.attn.qkv": f"{dst}.attn_qkv",
        f"{src}.attn.out": f"{dst}.attn_output", f"{src}.up": f"{dst}.ffn_up", f"{src}.down": f"{dst}.ffn_down"})


def main():
    checkpoint, tokenizer_path, out_path = sys.argv[1:4]
    weight_type = sys.argv[4] if len(sys.argv) > 4 else "q8_0"
    saved = torch.load(checkpoint, map_location="cpu")
    cfg, tok = Config(**saved["config"]), Tokenizer.load(tokenizer_path)
    assert len(tok.tokens) == cfg.vocab
    fields = general_fields(cfg, weight_type) + shape_fields(cfg) + tokenizer_fields(cfg, tok)
    write_gguf(out_path, fields, named_tensors(cfg, saved["model"]), weight_type)


if __name__ == "__main__":
    main()
