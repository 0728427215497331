"""Making a run into a model that comes with etude: what may be shipped, its files, its figures, its card."""
