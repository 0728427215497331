"""A model as a folder that any browser opens: it composes, plays and draws in the page, and needs nothing else."""
