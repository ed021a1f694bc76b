"""A clip played through the students in real time, by the tier that there is time for."""

from acutance.live.arrivals import Playing
from acutance.live.player import Player, Report
from acutance.live.stage import Change, Stage

__all__ = ["Change", "Player", "Playing", "Report", "Stage"]
