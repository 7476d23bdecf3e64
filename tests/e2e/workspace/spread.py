"""How far the values of a list lie apart."""


def mean(values):
    """The arithmetic mean."""
    return sum(values) / len(values)


def variance(values):
    """The mean of the squared distances from the mean."""
    center = mean(values)


def deviation(values):
    """The standard deviation."""
    return variance(values) ** 0.5
