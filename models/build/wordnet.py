"""WordNet 3.0's nouns, read from its own text files as Debian's wordnet-base has them."""

from functools import cache
from pathlib import Path

NOUNS = Path("/usr/share/wordnet/data.noun")

# The licence stands at the head of the file, each line behind its number.
LICENCE_LINES = 29


@cache
def nouns():
    """Of each noun synset (`n` and its offset in the file) the synsets right above it, kinds and instances alike."""
    above = {}
    for line in NOUNS.read_text().splitlines()[LICENCE_LINES:]:
        # offset, file, type, number of words in hex, the words with an id each, number of pointers, four fields a pointer
        fields = line.partition(" | ")[0].split()
        at = 4 + 2 * int(fields[3], 16)
        pointers = [fields[i : i + 3] for i in range(at + 1, at + 1 + 4 * int(fields[at]), 4)]
        above[f"n{fields[0]}"] = [f"n{offset}" for kind, offset, part in pointers if kind in ("@", "@i") and part == "n"]
    return above


def hypernyms(id):
    return nouns()[id]


def licence():
    """Permission to copy, provided that this very text appears on all copies."""
    lines = NOUNS.read_text().splitlines()[:LICENCE_LINES]
    return "".join(line.strip().partition(" ")[2].strip() + "\n" for line in lines)
