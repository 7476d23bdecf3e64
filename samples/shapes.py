"""Plane shapes with an area and a perimeter."""

import math
from dataclasses import dataclass


class Rectangle:
    """A rectangle by its two sides."""

    def __init__(self, width, height):
        self.width = width
        self.height = 

    def area(self):
        return self.width * self.height

    def perimeter(self):
        return 2 * (self.width + self.height)

    def scaled(self, factor):
        return Rectangle(self.width * factor, self.height * factor)


@dataclass
class Circle:
    """A circle by its radius."""

    radius: float

    def area(self):
        return math.pi * self.radius ** 2

    def perimeter(self):
        return 2 * math.pi * self.radius

    def scaled(self, factor):
        return Circle(self.radius * factor)


def total_area(shapes):
    """The sum of the areas of all shapes."""
    return sum(shape.area() for shape in shapes)


def largest(shapes):
    """The shape with the largest area, or None where there is no shape."""
    if not shapes:
        return None
    return max(shapes, key=lambda shape: shape.area())
