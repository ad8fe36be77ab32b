"""The pages of accounts, mailboxes, plugins and outgoing webhooks."""
