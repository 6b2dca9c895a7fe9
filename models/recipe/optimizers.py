"""Muon for the weight matrices of the blocks, AdamW for the rest, and the learning rate over time."""
import torch

MUON_LR, ADAM_LR = 0.02, 0.004
FAST_SHARE, SLOW_RATE = 0.5, 0.35  # part of the run at full rate, rate at which the rest begins
WARMUP_STEPS = 40


def orthogonalize(g):
    """Newton-Schulz iteration towards the nearest (semi-)orthogonal matrix."""
    tall = g.shape[0] > g.shape[1]
    x = g.T if tall else g
    x = (x / (x.norm() + 1e-7)).bfloat16()
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.T if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised; for the blocks' weight matrices."""

    def __init__(self, params, lr, momentum=0.95, weight_decay=0.02):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                buf = state.setdefault("momentum", torch.zeros_like(p))
                buf.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonalize(p.grad.lerp(buf, group["momentum"]))
                scale = max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"] * scale)


def make_optimizers(model):
    matrices = [p for n, p in model.named_parameters() if n.startswith("blocks") and p.dim() == 2]
    rest = [p for n, p in model.named_parameters() if not (n.startswith("blocks") and p.dim() == 2)]
    return [(Muon(matrices, MUON_LR), MUON_LR),
            (torch.optim.AdamW(rest, ADAM_LR, betas=(0.9, 0.97), weight_decay=0.0), ADAM_LR)]


def schedule(step, steps, resumed):
    """Fast at first; then small and falling, because batches are small and noisy."""
    warm = min(1.0, (step - resumed + 1) / WARMUP_STEPS)
    fast = FAST_SHARE * steps
    return warm * (1.0 if step < fast else SLOW_RATE * (steps - step) / (steps - fast))
