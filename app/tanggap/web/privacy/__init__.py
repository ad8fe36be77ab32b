"""The pages on which data is given out, erased and kept no longer than allowed."""
