"""Studies: which change did it? Arms that differ from a baseline in one thing, over the same seeds.

plan -> variants -> arms (trained, or drawn from one checkpoint) -> figures -> contrasts with intervals -> report
"""
