"""Writes the GGUF container (version 3, little endian): fields, tensor table, aligned tensor data.

Knows two weight types, f16 and q8_0; which tensors and fields a model needs is export_gguf.py's business.
"""
import struct

import numpy as np

ALIGNMENT = 32  # bytes, GGUF's default
U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
TENSOR_F32, TENSOR_F16, TENSOR_Q8_0 = 0, 1, 8
FILE_TYPES = {"f16": 1, "q8_0": 7}
Q8_0_BLOCK = 32  # weights that share one scale


def pack_string(text):
    raw = text.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def pack_value(kind, value):
    if kind == STRING:
        return pack_string(value)
    return struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], value)


def pack_field(key, kind, value):
    if isinstance(value, list):
        head = struct.pack("<IIQ", ARRAY, kind, len(value))
        return pack_string(key) + head + b"".join(pack_value(kind, v) for v in value)
    return pack_string(key) + struct.pack("<I", kind) + pack_value(kind, value)


def quantize_q8_0(matrix):
    """Blocks of 32 weights: one f16 scale, then 32 signed bytes."""
    blocks = matrix.reshape(-1, Q8_0_BLOCK)
    scale = np.abs(blocks).max(1, keepdims=True) / 127.0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", Q8_0_BLOCK)])
    out["d"] = scale[:, 0]
    out["q"] = np.rint(blocks * inverse)
    return out.tobytes()


def encode_tensor(array, weight_type):
    """Matrices take the file's weight type; vectors (norms, biases) stay f32."""
    if array.ndim == 1:
        return TENSOR_F32, array.astype("<f4").tobytes()
    if weight_type == "f16":
        return TENSOR_F16, array.astype("<f2").tobytes()
    return TENSOR_Q8_0, quantize_q8_0(array.astype("<f4"))


def write_gguf(path, fields, tensors, weight_type):
    infos, blobs, offset = [], [], 0
    for name, array in tensors:
        kind, blob = encode_tensor(array, weight_type)
        dims = array.shape[::-1]  # GGUF lists the fastest-moving dimension first
        infos.append(pack_string(name) + struct.pack("<I", len(dims))
                     + b"".join(struct.pack("<Q", d) for d in dims) + struct.pack("<IQ", kind, offset))
        blob += b"\0" * (-len(blob) % ALIGNMENT)
        blobs.append(blob)
        offset += len(blob)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    head += b"".join(pack_field(*f) for f in fields) + b"".join(infos)
    head += b"\0" * (-len(head) % ALIGNMENT)
    with open(path, "wb") as f:
        f.write(head)
        f.writelines(blobs)
