"""Sentences of the documentation are short, and `sentence_lengths` measures what it says."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from docs.scripts.sentence_lengths import MEDIAN_WORDS, MOST_WORDS, ROOT, length, pages, sentences


def test_only_sentences_are_measured() -> None:
    page = """# A heading of four words

**A heading.** One sentence with `some code here` and [a link](far/away.md "x"). Another
one! It is 0.5 mm long, e.g. this.

| a table | is not |
|---|---|
| counted | at all |

- A list's item.

```sh
softdeca live
```

    indented code

![A picture's text](x.png)
"""
    assert sentences(page) == [
        "One sentence with Code and a link.",
        "Another one!",
        "It is 0.5 mm long, e.g. this.",
        "A list's item.",
    ]
    assert [length(sentence) for sentence in sentences(page)] == [7, 2, 7, 3]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_sentences_are_short(page: Path) -> None:
    found = sentences(page.read_text(encoding="utf-8"))
    long = [sentence for sentence in found if length(sentence) > MOST_WORDS]
    assert not long, "\n".join(long)
    middle = median(length(sentence) for sentence in found)
    assert middle <= MEDIAN_WORDS, f"the median sentence has {middle} words"
