"""Playing in time: clock, ports, player, silence. The music's source and the sinks are handed in."""

from etude.live.clock import Clock, Inbox, MonotonicClock, VirtualClock
from etude.live.news import Arrived, Cue, Heard, Lost, Order, Signalled, Source, cue
from etude.live.outlet import Outlet
from etude.live.player import Plan, Player
from etude.live.ports import NoPort, Port, PortError, Ports, RecordingPort
from etude.live.pulse import Pulse
from etude.live.sounding import hanging, panic
from etude.live.tape import HUMAN, MODEL, Sent, Tape
from etude.live.transport import State, Transport
from etude.live.undisturbed import signals, undisturbed

__all__ = [
    "HUMAN",
    "MODEL",
    "Arrived",
    "Clock",
    "Cue",
    "Heard",
    "Inbox",
    "Lost",
    "MonotonicClock",
    "NoPort",
    "Order",
    "Outlet",
    "Plan",
    "Player",
    "Port",
    "PortError",
    "Ports",
    "Pulse",
    "RecordingPort",
    "Sent",
    "Signalled",
    "Source",
    "State",
    "Tape",
    "Transport",
    "VirtualClock",
    "cue",
    "hanging",
    "panic",
    "signals",
    "undisturbed",
]
