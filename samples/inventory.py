"""A small stock book: what is on the shelves, what to order."""

import json
from collections import defaultdict
from pathlib import Path


class OutOfStock(Exception):
    """Raised when more is taken than there is."""


class Inventory:
    """Counts of items by name."""

    def __init__(self, minimum=5):
        self.minimum = minimum
        self.counts = defaultdict(int)
        self.prices = {}

    def add(self, name, count=1, price=None):
        if count <= 0:
            raise ValueError("count must be positive")
        self.counts[name] += count
        if price is not None:
            self.prices[name] = price

    def take(self, name, count=1):
        if self.counts[name] < count:
            raise OutOfStock(f"only {self.counts[name]} of {name} left")
        self.counts[name] -= count
        return self.counts[name]

    def value(self):
        total = 0
        for name, count in self.counts.items():
            total += 
        return total

    def to_order(self):
        """Items below the minimum, with how many are missing."""
        missing = {}
        for name, count in self.counts.items():
            if count < self.minimum:
                missing[name] = self.minimum - count
        return missing

    def save(self, path):
        data = {"minimum": self.minimum, "counts": self.counts, "prices": self.prices}
        Path(path).write_text(json.dumps(data, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, path):
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        inventory = cls(data["minimum"])
        inventory.counts.update(data["counts"])
        inventory.prices.update(data["prices"])
        return inventory


def main():
    inventory = Inventory(minimum=10)
    inventory.add("bolt", 40, price=0.12)
    inventory.add("nut", 8, price=0.05)
    inventory.take("bolt", 3)
    for name, missing in inventory.to_order().items():
        print(f"order {missing} of {name}")


if __name__ == "__main__":
    main()
