"""Ways in: webhooks, polling, e-mail, imports."""
