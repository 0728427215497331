"""Recorded experiments: from data to a table row, by one command each.

A Reproduction lists its `arms` (trainings) and, once they are trained, writes a `report` from a Bench that hands
out the trained runs and prices them. Everything lies in one folder and is reused when the command is given again.
"""
