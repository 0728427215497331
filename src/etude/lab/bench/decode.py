"""Decoding speed: one sequence, one thread, sampling included, beside the peers, in turns.

Weights are random: speed does not depend on them. What 8 bits do to the output is told beside every such figure;
what they do to a trained model's likelihood is tested at every export (`etude.engine.choose_precision`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.engine import Exported, Parity, exported_bytes, parity
from etude.lab.bench.harness import BenchResult, interleave
from etude.models import ModelConfig
from etude.sampling import Sampling, generate
from etude.sampling.draw import draw
from etude.score import Event

SIZE = 512  # values of the one field
NOTE_SIZES = (130, 120, 120, 32)  # fields of a note
SAMPLING = Sampling(temperature=0.95, top_p=0.95)
TRANSFORMER = ModelConfig(kind="transformer", width=256, layers=8, heads=4, dropout=0.0, context=1024)
RECURRENT = ModelConfig(kind="rnn", width=512, layers=3, dropout=0.0)

Work = Callable[[], float]


class Anything:
    """A Reader that allows everything but the begin and end steps, and hears nothing."""

    done = False

    def __init__(self, sizes: Sequence[int]) -> None:
        self.masks = [np.ones(size, bool) for size in sizes]
        self.masks[0][:2] = False

    def allowed(self, chosen: Sequence[int] = ()) -> NDArray[np.bool_]:
        """The same mask always."""
        return self.masks[len(chosen)]

    def feed(self, step: Sequence[int]) -> tuple[Event, ...]:
        """No event."""
        return ()

    def finish(self) -> tuple[Event, ...]:
        """No event."""
        return ()


def run(quick: bool = False) -> list[BenchResult]:
    """Transformer against transformers' GPT-2, recurrent against torch's nn.LSTM, notes against flat tokens."""
    rounds, length = (2, 64) if quick else (5, 256)
    with _one_thread():
        return [
            _transformer(True, 3 * length, rounds),
            _transformer(False, 3 * length, rounds),
            _recurrent(True, length, rounds),
            _recurrent(False, length, rounds),
            _notes(length, rounds),
        ]


def _transformer(int8: bool, length: int, rounds: int) -> BenchResult:
    model = _random_model(TRANSFORMER, (SIZE,))
    ours, note = _exported(model, int8)
    prompt = _music((SIZE,), 1)
    precision = "int8" if int8 else "fp32"
    result = interleave(
        f"decode transformer {precision} / GPT-2 generate",
        _generating(ours, prompt, length),
        _gpt2(prompt, length),
        unit="tokens/s",
        settings=f"d256 L8 h4, V=512, K=1, from the begin step on, {length} drawn (mean context "
        f"{length // 2}), temperature 0.95, top-p 0.95, 1 thread; ours {precision}, GPT-2 fp32, same size",
        rounds=rounds,
    )
    return replace(result, notes=(note,))


def _recurrent(int8: bool, length: int, rounds: int) -> BenchResult:
    model = _random_model(RECURRENT, (SIZE,))
    ours, note = _exported(model, int8)
    prompt = _music((SIZE,), 1)
    precision = "int8" if int8 else "fp32"
    result = interleave(
        f"decode LSTM {precision} / torch nn.LSTM",
        _generating(ours, prompt, length),
        _nn_lstm(model, length),
        unit="tokens/s",
        settings=f"3 x 512, V=512, {length} drawn, temperature 0.95, top-p 0.95, 1 thread; ours {precision}, "
        "reference one nn.LSTM of 3 layers, fp32, a step a call, the same sampling",
        rounds=rounds,
    )
    return replace(result, notes=(note,))


def _notes(length: int, rounds: int) -> BenchResult:
    fielded, note = _exported(_random_model(TRANSFORMER, NOTE_SIZES), True)
    flat, _ = _exported(_random_model(TRANSFORMER, (SIZE,)), True)
    notes, past = length // 4, (512 - length) // 4
    tokens = _generating(flat, _music((SIZE,), 4 * past), 4 * notes)
    result = interleave(
        "decode notes of 4 fields / flat tokens",
        _generating(fielded, _music(NOTE_SIZES, past), notes),
        lambda: tokens() / 4,
        unit="notes/s",
        settings=f"d256 L8 h4 int8 both; fields {NOTE_SIZES} with a chain head against 4 tokens a note, V=512; "
        f"{past} notes of prompt, {notes} drawn, temperature 0.95, top-p 0.95, 1 thread",
        rounds=rounds,
    )
    return replace(result, notes=(note,))


def _generating(stepper: Exported, prompt: NDArray[np.int32], length: int) -> Work:
    """Draws `length` steps after `prompt`; gives how many."""

    def work() -> float:
        reader = Anything(stepper.field_sizes)
        return float(sum(1 for _ in generate(stepper, reader, prompt, SAMPLING, 1, length)))

    return work


def _gpt2(prompt: NDArray[np.int32], length: int) -> Work | None:
    """The same with GPT-2 of the same size through transformers' `generate`; None where it is not installed."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    try:
        from transformers import GPT2Config, GPT2LMHeadModel
    except ImportError:
        return None
    import torch

    config = GPT2Config(
        vocab_size=SIZE, n_positions=1024, n_embd=256, n_layer=8, n_head=4, bos_token_id=0, eos_token_id=None
    )
    model = GPT2LMHeadModel(config).eval()
    tokens = torch.from_numpy(prompt[None, :, 0].astype(np.int64))
    settings = {
        **{"do_sample": True, "temperature": 0.95, "top_p": 0.95, "top_k": 0, "pad_token_id": 0},
        **{"max_new_tokens": length, "min_new_tokens": length, "attention_mask": torch.ones_like(tokens)},
    }

    def work() -> float:
        with torch.no_grad():
            return float(model.generate(tokens, **settings).shape[1] - tokens.shape[1])

    return work


def _nn_lstm(model: Any, length: int) -> Work:
    """The same LSTM stepped through torch, with the sampling of etude."""
    import torch

    embed = torch.nn.Embedding(SIZE, RECURRENT.width)
    lstm = torch.nn.LSTM(RECURRENT.width, RECURRENT.width, RECURRENT.layers, batch_first=True)
    out = torch.nn.Linear(RECURRENT.width, SIZE)
    random = np.random.default_rng(1)

    def work() -> float:
        value, state = 0, None
        with torch.no_grad():
            for _ in range(length):
                hidden, state = lstm(embed(torch.tensor([[value]])), state)
                value = draw(out(hidden)[0, 0].numpy(), SAMPLING, 0.95, random.random())
        return float(length)

    return work


def _random_model(config: ModelConfig, sizes: tuple[int, ...]) -> Any:
    """A torch model none of whose weights is zero."""
    import torch

    from etude.models import build

    torch.manual_seed(1)
    model = build(config, sizes).eval()
    for values in model.parameters():
        if values.dim() > 1:
            values.data = torch.randn(values.shape) * values.shape[-1] ** -0.5
    return model


def _exported(model: Any, int8: bool) -> tuple[Exported, str]:
    """(the exported model, what its precision does to the output)."""
    from etude.models import TorchStepper
    from etude.models.model import weights_of

    data = exported_bytes(weights_of(model), asdict(model.config), model.field_sizes, {}, int8=int8)
    exported, source = Exported(data), TorchStepper(model)
    piece = _music(model.field_sizes, 200)
    found: Parity = parity(exported, source, [piece], steps=40)
    spread = float(source.logits(source.feed(source.start(), piece)).std())
    return exported, (
        f"{'int8' if int8 else 'fp32'}, {len(data) / 2**20:.1f} MiB, random weights: max logit error "
        f"{found.max_logit_error:.2g} at a logit spread of {spread:.2g}, likelihood {found.change:+.4%}"
    )


def _music(sizes: Sequence[int], length: int) -> NDArray[np.int32]:
    """Int32[T, K]: a begin step and random steps."""
    random = np.random.default_rng(0)
    steps = np.stack([random.integers(2, size, length) for size in sizes], axis=1).astype(np.int32)
    steps[0] = 0
    return steps


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch with one thread, as the engine has."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
