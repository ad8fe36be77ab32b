"""What happened, told onwards: to people, to rules, to endpoints outside."""
