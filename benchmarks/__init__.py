"""How fast Tocsin is, against what else one would use for the same: `make bench`, or `python -m benchmarks`.

Absolute times say little where the disk is eleven times slower in the next minute. So both sides of a row are measured
in the same run, in rounds that take turns, and what counts is the ratio of two neighbours. Nothing here fails because
something is slow: it reports.

    __main__.py    the arguments, and what is printed
    row.py         one line of the table
    rounds.py      what a row is given, and how two sides take turns
    disk.py        what the disk does meanwhile
    children.py    the processes that are measured
    prepared.py    databases full of incidents
    slack.py       a Slack that answers everything after a given delay
    clicks.py      presses of Acknowledge, as Slack sends them
    loop.py        how long an event loop was held up

    ack.py, meanwhile.py, nudges.py, postgres.py, first_page.py, declare.py, startup.py    the rows
    ticking.py     Tocsin's clock in a process of its own
    peers/         the other side, each in a process of its own
"""
