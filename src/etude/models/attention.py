"""Causal attention over the last `reach` steps, the same whether a sequence comes whole or in pieces.

Shapes: B rows, H heads, T new steps, P steps in the cache, E values a head. A query sees keys at distance
0 <= d < reach. Rotary positions (Su et al. 2021, arXiv:2104.09864) turn the pair (i, i + E/2) of a head by
position * 10000^(-2i/E); keys are cached turned. Relative positions add a learned number per head and distance.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.config import ModelConfig

ROTARY_BASE = 10_000.0
FARTHEST = 512  # distances from here on share one relative bias
BLOCK = 512  # queries handled at once: bounds the memory of the scores
PLAIN_BLOCK = 256  # by plain products: keys after a block are not multiplied at all, which saves a quarter at 512

Cache = tuple[Tensor, Tensor]  # keys and values, float[B, H, P, E] each


class Turns(NamedTuple):
    """Cosines and sines of the rotary angles, float[T, E / 2] each."""

    cosine: Tensor
    sine: Tensor


def turns(position: int, length: int, size: int, device: torch.device) -> Turns:
    """The rotary angles of `length` steps from `position` on, for heads of `size` values."""
    frequency = ROTARY_BASE ** (-torch.arange(0, size, 2, dtype=torch.float64, device=device) / size)
    where = torch.arange(position, position + length, dtype=torch.float64, device=device)
    angles = torch.outer(where, frequency)
    return Turns(angles.cos().float(), angles.sin().float())


def turn(x: Tensor, by: Turns) -> Tensor:
    """`x` float[B, T, ..., E] with its halves rotated against each other, in the type of `x`."""
    between = (1,) * (x.dim() - 3)
    cosine = by.cosine.to(x.dtype).reshape(x.shape[1], *between, -1)
    sine = by.sine.to(x.dtype).reshape(x.shape[1], *between, -1)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)


class Attention(nn.Module):
    """Multi-head attention with a cache. Parameters: qkv [3D, D] (q, k, v in turn, heads inside), out [D, D]."""

    def __init__(self, config: ModelConfig, *, bias: bool = False) -> None:
        super().__init__()
        width, heads, reach = config.width, config.heads, config.reach
        self.heads, self.size, self.reach = heads, width // heads, reach
        self.rotary = config.positions == "rotary"
        self.forgets = config.attention_dropout
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=bias)
        self.bias = (
            nn.Parameter(torch.zeros(heads, min(reach, FARTHEST))) if config.positions == "relative" else None
        )
        nn.init.normal_(self.qkv.weight, std=width**-0.5)
        nn.init.zeros_(self.out.weight)

    def start(self, batch: int) -> Cache:
        """The cache before the first step: P = 0."""
        empty = self.qkv.weight.new_zeros(batch, self.heads, 0, self.size)
        return empty, empty

    def turns(self, position: int, length: int) -> Turns | None:
        """The angles for `length` steps from `position` on, or None where positions are not rotary."""
        return turns(position, length, self.size, self.qkv.weight.device) if self.rotary else None

    def forward(self, x: Tensor, cache: Cache, by: Turns | None) -> tuple[Tensor, Cache]:
        """(y float[B, T, D], the cache with at most reach - 1 steps) of `x` float[B, T, D]."""
        rows, length, _ = x.shape
        packed = self.qkv(x).view(rows, length, 3, self.heads, self.size)
        turned = packed[:, :, :2]
        if by is not None:
            turned = turn(turned, by)
        query, key = turned.transpose(1, 3).unbind(2)  # (B, H, T, E) each
        value = packed[:, :, 2].transpose(1, 2)
        keys = torch.cat([cache[0].to(key.dtype), key], dim=2)
        values = torch.cat([cache[1].to(value.dtype), value], dim=2)
        mixed = attend(query, keys, values, self.reach, self.bias, self.forgets if self.training else 0.0)
        y = self.out(mixed.transpose(1, 2).reshape(rows, length, -1))
        kept = max(0, keys.shape[2] - (self.reach - 1))
        return y, (keys[:, :, kept:], values[:, :, kept:])


def attend(
    query: Tensor, keys: Tensor, values: Tensor, reach: int, bias: Tensor | None = None, dropout: float = 0.0
) -> Tensor:
    """Float[B, H, T, E]: what `query` [B, H, T, E] finds in keys and values [B, H, P + T, E] within reach.

    `bias` float[H, R] is added to the scores by distance; of the shares they become, `dropout` is left out and the
    rest made larger for it. On a CPU in bfloat16 plain matrix products are used:
    torch's fused CPU kernel is about three times slower there; everywhere else the fused kernel is.
    """
    length = query.shape[2]
    past = keys.shape[2] - length
    plain = query.device.type == "cpu" and query.dtype == torch.bfloat16
    if not plain and bias is None and past == 0 and length <= reach:
        return F.scaled_dot_product_attention(query, keys, values, dropout_p=dropout, is_causal=True)
    parts = []
    block = PLAIN_BLOCK if plain else BLOCK
    for start in range(0, length, block):
        stop = min(start + block, length)
        first = max(0, past + start - reach + 1)
        mask = _mask(past + start - first, stop - start, reach, bias, query)
        window = slice(first, past + stop)
        rule = _plain if plain else _fused
        parts.append(rule(query[:, :, start:stop], keys[:, :, window], values[:, :, window], mask, dropout))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)


def _mask(past: int, length: int, reach: int, bias: Tensor | None, like: Tensor) -> Tensor:
    """Float[T, P + T] or [H, T, P + T]: what is added to the scores; -inf outside the reach."""
    if bias is None:
        return _causal_mask(past, length, reach, like.dtype, like.device)
    distance = _distances(past, length, like.device)
    near = distance.clamp(0, bias.shape[1] - 1)
    return bias.to(like.dtype)[:, near].masked_fill((distance < 0) | (distance >= reach), -torch.inf)


@lru_cache(maxsize=32)
def _causal_mask(past: int, length: int, reach: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Float[T, P + T]: 0 within reach, -inf outside; kept, since every layer of every update asks for the same."""
    distance = _distances(past, length, device)
    mask = torch.zeros(distance.shape, dtype=dtype, device=device)
    return mask.masked_fill((distance < 0) | (distance >= reach), -torch.inf)


def _distances(past: int, length: int, device: torch.device) -> Tensor:
    """Int64[T, P + T]: how far behind each query each key lies."""
    return torch.arange(past, past + length, device=device)[:, None] - torch.arange(past + length, device=device)


def _fused(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor, dropout: float) -> Tensor:
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, dropout_p=dropout)


def _plain(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor, dropout: float) -> Tensor:
    # autocast would compute the softmax in float32: its CPU kernel accumulates in float32 by itself
    with torch.autocast("cpu", enabled=False):
        scores = (query * query.shape[-1] ** -0.5) @ keys.transpose(-1, -2)
        scores += mask
        shares = torch.softmax(scores, dim=-1)
        return (F.dropout(shares, dropout) if dropout else shares) @ values
