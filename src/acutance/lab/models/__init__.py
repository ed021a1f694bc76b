"""Networks: the student."""

from acutance.lab.models.student import Student, StudentShape

__all__ = ["Student", "StudentShape"]
