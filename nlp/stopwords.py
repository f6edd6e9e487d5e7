"""Function words and punctuation that say nothing about what a message is about."""

from __future__ import annotations

from nlp.lists import word_list


def stopwords() -> frozenset[str]:
    """The list in data/lists. What kind of message it is does depend on them; its topic does not."""
    return word_list("stopwords")


def topic_words(words: list[str]) -> list[str]:
    """Words that tell the topic.

    Without function words and punctuation a message cut and cleaned by others reads the same as a raw one.
    """
    return [word for word in words if word not in stopwords()]
