"""What is known of a person: shown, exported, erased, kept no longer than allowed."""
