"""The strongest honest baseline: an interpolated n-gram that also copies from the piece itself. NumPy only.

ngram = NGram.fit(training_pieces, field_sizes).tuned(validation_pieces)
ngram.nats(steps)       # float64[T - 1, K]
save(ngram, folder); load(folder)

CopyingOver.of(network).tuned(validation_pieces)    # the copying half on top of any model
"""

from etude.models.ngram.chains import NGramSettings
from etude.models.ngram.expecting import Expecting
from etude.models.ngram.model import NGram
from etude.models.ngram.over import CopyingOver
from etude.models.ngram.storing import load, save
from etude.models.ngram.storing_over import load_over, save_over

__all__ = ["CopyingOver", "Expecting", "NGram", "NGramSettings", "load", "load_over", "save", "save_over"]
