"""Teachers: large, pre-trained, and what they make of the training pictures."""

from acutance.lab.teachers.opening import TeacherChoice, open_teacher
from acutance.lab.teachers.pretrained import Pretrained, open_pretrained
from acutance.lab.teachers.targets import TargetCache
from acutance.lab.teachers.teacher import Teacher, TeacherError
from acutance.lab.teachers.tuned import TunedNetwork

__all__ = [
    "Pretrained",
    "TargetCache",
    "Teacher",
    "TeacherChoice",
    "TeacherError",
    "TunedNetwork",
    "open_pretrained",
    "open_teacher",
]
