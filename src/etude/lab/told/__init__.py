"""What conditions do: the nats they gain on held-out pieces, and how often pieces are what was asked for."""

from etude.lab.told.gains import Gain, gains
from etude.lab.told.obeyed import Obeyed, obeyed
from etude.lab.told.tables import ToldTables

__all__ = ["Gain", "Obeyed", "ToldTables", "gains", "obeyed"]
