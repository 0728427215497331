"""Collections: files -> ledger -> split by piece -> packed arrays -> batches; the built-in corpora."""

from etude.data.batches import Batch, PackedBatches
from etude.data.between import Repeated, duplicates_between, repeats, shared_passages
from etude.data.cache import cache_folder
from etude.data.collection import Collection, Piece
from etude.data.cutting import Cut
from etude.data.ingest import IngestReport, ingest
from etude.data.leaks import shared_by_sides
from etude.data.ledger import Row
from etude.data.opening import LeftOpen, told_values
from etude.data.pack import Packed, pack
from etude.data.plans import BUILT_IN
from etude.data.resplit import Division, divided, undivided
from etude.data.sources import SOURCES, Source
from etude.data.splits import SPLITS, SplitRule
from etude.data.stats import CollectionSummary

__all__ = [
    "BUILT_IN",
    "SOURCES",
    "SPLITS",
    "Batch",
    "Collection",
    "CollectionSummary",
    "Cut",
    "Division",
    "IngestReport",
    "LeftOpen",
    "Packed",
    "PackedBatches",
    "Piece",
    "Repeated",
    "Row",
    "Source",
    "SplitRule",
    "cache_folder",
    "divided",
    "duplicates_between",
    "ingest",
    "pack",
    "repeats",
    "shared_by_sides",
    "shared_passages",
    "told_values",
    "undivided",
]
