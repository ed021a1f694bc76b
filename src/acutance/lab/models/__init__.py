"""Networks: the student, and the pre-trained ones that teach it."""

from acutance.lab.models.growing import can_grow, grow
from acutance.lab.models.network import Backbone, EnlargingNetwork
from acutance.lab.models.student import Student, StudentShape
from acutance.lab.models.vgg import Vgg, VggChoice
from acutance.lab.models.weights import (
    UnknownArchitectureError,
    WeightsError,
    find_weights,
    hash_weights,
    load_network,
    load_vgg,
)

__all__ = [
    "Backbone",
    "EnlargingNetwork",
    "Student",
    "StudentShape",
    "UnknownArchitectureError",
    "Vgg",
    "VggChoice",
    "WeightsError",
    "can_grow",
    "find_weights",
    "grow",
    "hash_weights",
    "load_network",
    "load_vgg",
]
