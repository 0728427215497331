"""The decode benchmark runs, says what it did, and its goals hold with a wide margin for a busy machine."""

from __future__ import annotations

import pytest


@pytest.mark.slow
def test_decoding_is_faster_than_the_peers() -> None:
    pytest.importorskip("torch", reason="the benchmark's peers are torch's")
    pytest.importorskip("onnx", reason="the benchmark exports its models")
    from etude.lab.bench.decode import run

    results = {result.name: result for result in run(quick=True)}
    assert len(results) == 5
    for result in results.values():
        assert "1 thread" in result.settings
        assert "max logit error" in result.notes[0]
    assert (results["decode LSTM int8 / torch nn.LSTM"].ratio or 0) > 10
    assert (results["decode notes of 4 fields / flat tokens"].ratio or 0) > 2
    against_gpt2 = results["decode transformer int8 / GPT-2 generate"].ratio
    if against_gpt2 is None:
        pytest.skip("transformers is not installed: no GPT-2 to compare with")
    assert against_gpt2 > 4
