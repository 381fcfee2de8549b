"""What an incident is and what happens to it: plain values and pure functions, standard library alone.

Four questions, one module each: `decide` (what happens?), `incident.evolve` (what is true afterwards?),
`timers` (what must happen, by when?) and `react` (whom do we tell?). Nothing here reads a clock, a
database or Slack; `now` is always an argument, aware and in UTC.
"""
