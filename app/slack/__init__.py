"""Slack: what it sends is parsed into one command, what Tocsin has to say becomes blocks, what must arrive is sent.

`blocks/` and `text` are pure; `listeners/` answer the person who acts; the sink makes the outbox's deliveries.
"""
