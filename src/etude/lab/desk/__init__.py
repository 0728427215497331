"""The desk of the studio: pieces made in processes of their own, watched while they grow, kept in folders.

overheard, growing   a model whose steps can be heard while it composes, and stopped with what it has
making, errands      what a worker does: a piece; a sheet, a sound, a prompt, the models at hand
child, worker        the worker's process, and the handle its owner holds
crew                 tasks waiting for a worker
book                 what was asked for, made, liked and rated: one SQLite database
shelf                finished pieces, searched by word and by tag
looking, training    pieces side by side and packed; runs, their curves and samples
jamming              a jam between a page and a model, kept as a piece
studies              reports of studies, with the files they name
listening            blind pairs, judged in the page, read by `etude pairs read`
desk                 all of it together: what the studio's pages ask
"""

from etude.lab.desk.desk import Desk

__all__ = ["Desk"]
