"""E-mail: what goes to lists of addresses, and what a page by mail is handed over by.

connecting.py what the settings say of mail
sink.py       the sink of the outbox for all that goes by mail
words.py      what a mail says, as text and as HTML
compose.py    one mail as it goes over the wire
server.py     hands one mail over
session.py    a connection to the mail server, encrypted and logged in
failures.py   what it means that a mail server takes no mail
"""
