"""Areas of shapes."""


def square(side):
    area = side * side
    return area


def rectangle(width, height):
    area = width * height
    return area


def triangle(base, height):
    area = base * height / 2
    return area
