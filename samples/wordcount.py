"""Counts words in text files, the most frequent first."""

import argparse
import re
import sys
from collections import Counter

WORD = re.compile(r"[a-z']+")


def words(text):
    """All words of a text in lower case."""
    return WORD.findall(text.lower())


def count_words(lines):
    counts = Counter()
    for line in lines:
        
    return counts


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.readlines()


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", help="the files to read")
    parser.add_argument("--top", type=int, default=10, help="how many words to print")
    parser.add_argument("--min-length", type=int, default=1, help="leave out shorter words")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    counts = Counter()
    for path in options.files:
        try:
            counts += count_words(read_lines(path))
        except OSError as error:
            print(f"{path}: {error.strerror}", file=sys.stderr)
            return 1
    long_enough = [(word, n) for word, n in counts.most_common() if len(word) >= options.min_length]
    for word, n in long_enough[:options.top]:
        print(f"{n:6} {word}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
