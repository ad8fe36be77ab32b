"""What the desk shows beside a case."""
