"""Does the score tell the truth? Synthetic cities whose truth is known, scored as real ones are (``make simulate``)."""
