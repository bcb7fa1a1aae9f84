"""Makes the vocabulary's concepts: `python3 models/build/vocabulary.py`. Reads WordNet 3.0 (Debian: wordnet-base).

A class's parents are the nearest of the broader concepts above it in WordNet; where WordNet says silly things, the hand-made
lists in concepts/ win. Names are not made but written: the <language>.tsv files beside the result.
"""

import argparse
import json
from pathlib import Path

import wordnet

BUILD = Path(__file__).parent
SHIPPED = BUILD.parent / "efficientnet-lite0"

CATEGORIES = [
    "animal", "plant", "food", "person", "clothing", "home", "vehicle", "nature", "place", "music", "sport", "technology", "tool",
    "object",
]  # fmt: skip

# What people like to find (1) before all the rest (0).
INTERESTING = {"animal", "food"}

HEADER = "# id\tparents\tcategory\tpriority\tshown\tthreshold\n"


def table(name):
    lines = (BUILD / "concepts" / name).read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def refuse(problem):
    raise SystemExit(f"concepts/: {problem}")


class Broader:
    """The curated concepts, by id."""

    def __init__(self):
        rows = table("broader.tsv")
        self.ids = {key: id for id, key, *_ in rows}
        self.parents = {id: [self.id(key) for key in parents.split(",") if key] for id, _, parents, *_ in rows}
        self.category = {id: category for id, _, _, category, *_ in rows}
        self.priority = {id: int(priority) for id, _, _, _, priority, _ in rows}
        strangers = {id for id in self.parents if not id.startswith("tagdrop:")} - wordnet.nouns().keys()
        if strangers or len(self.ids) != len(rows) or len(self.parents) != len(rows):
            refuse(f"broader.tsv has a key or id twice, or one that WordNet lacks: {strangers}")

    def id(self, key):
        return self.ids.get(key) or refuse(f"no broader concept is called {key}")

    def above(self, id):
        """Everything above a concept."""
        found = set()
        for parent in self.parents.get(id, []):
            found |= {parent} | self.above(parent)
        return found

    def nearest(self, id):
        """The broader concepts that WordNet has above a synset, without those that others of them imply."""
        found, waiting = [], list(wordnet.hypernyms(id))
        while waiting:
            synset = waiting.pop(0)
            if synset not in self.parents:
                waiting += wordnet.hypernyms(synset)
            elif synset not in found:
                found.append(synset)
        implied = set().union(*map(self.above, found))
        return sorted(id for id in found if id not in implied)


def classes(labels, broader):
    """One row a class, in the order of the scores."""
    curated = {id: fields for id, *fields in table("classes.tsv")}
    if unknown := curated.keys() - set(labels):
        refuse(f"classes.tsv has ids that are no classes: {unknown}")
    parents, category = {}, {}
    for id in labels:
        _, hand, own, _, _ = curated.get(id, [""] * 5)
        keys = [] if hand == "-" else hand.split(",")
        parents[id] = [key if key in labels else broader.id(key) for key in keys] if hand else broader.nearest(id)
        category[id] = own
    for id in labels:
        above = id
        while not category[id]:
            above = next(iter(parents[above]), None) or refuse(f"{id} has neither parents nor a category")
            category[id] = category[above] if above in category else broader.category[above]
    for id in labels:
        _, _, _, priority, hidden = curated.get(id, [""] * 5)
        yield id, parents[id], category[id], int(priority or category[id] in INTERESTING), hidden != "hidden"


def line(id, parents, category, priority, shown, threshold):
    if category not in CATEGORIES:
        refuse(f"{id} is of the unknown category {category!r}")
    return f"{id}\t{' '.join(parents)}\t{category}\t{priority}\t{int(shown)}\t{threshold}\n"


def kept_thresholds(path):
    """The last column is measured, not made: what stands there stays."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split("\t")[0]: line.split("\t")[5] for line in lines if not line.startswith("#")}


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    labels = [label["id"] for label in json.loads((SHIPPED / "manifest.json").read_text())["labels"]]
    broader = Broader()
    rows = [(id, broader.parents[id], broader.category[id], broader.priority[id], True) for id in broader.parents]
    rows += classes(labels, broader)
    target = SHIPPED / "vocabulary" / "concepts.tsv"
    thresholds = kept_thresholds(target)
    target.write_text(HEADER + "".join(line(*row, thresholds.get(row[0], "")) for row in rows))
    (SHIPPED / "vocabulary" / "LICENSE-WordNet").write_text(wordnet.licence())
    print(f"{target.name}: {len(labels)} classes, {len(rows) - len(labels)} broader concepts")


if __name__ == "__main__":
    main()
