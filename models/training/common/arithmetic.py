"""Which arithmetic this machine multiplies fastest with: measured in NOTES.md, chosen by what the processor has."""
import pathlib
import re

import torch


def has_bfloat16():
    """True where bfloat16 products are done in hardware; elsewhere PyTorch emulates them, 15 times slower than float32."""
    if torch.cuda.is_available():
        return True
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return re.search(r"\b(avx512_bf16|amx_bf16|bf16)\b", flags) is not None


FAST = torch.bfloat16 if has_bfloat16() else torch.float32


def autocast(device):
    """The context in which a net runs forward while it learns."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=FAST is torch.bfloat16)
