"""Seeded campaigns of damaged files against the readers: `python -m etude.testing.fuzz --help`.

families   ways to damage bytes, lines and numbers; each a function of a random generator and the bytes
kinds      what there is to damage: midi, abc, musicxml, mxl, soundfont; a mutant is named by kind, seed and number
strict_*   second readers, written apart from etude's own, that say whether a mutant is well formed
campaign   mutants through the guarded workers into a collection, as `etude ingest` does it, and what came of it
guided     in this process, following what reaches lines not reached before
"""
