"""An incident, as Block Kit: pure functions from a record to a message or a view.

Sentences stand in templates/messages, one file for each message, its first line the notification. What is here is
structure: which blocks and buttons, in which order, and the labels of fields and buttons.
"""
