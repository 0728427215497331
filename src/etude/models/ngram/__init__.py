"""The strongest honest baseline: an interpolated n-gram that also copies from the piece itself. NumPy only.

ngram = NGram.fit(training_pieces, field_sizes).tuned(validation_pieces)
ngram.nats(steps)       # float64[T - 1, K]
save(ngram, folder); load(folder)
"""

from etude.models.ngram.chains import NGramSettings
from etude.models.ngram.model import NGram
from etude.models.ngram.storing import load, save

__all__ = ["NGram", "NGramSettings", "load", "save"]
