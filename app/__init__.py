"""Tocsin, a Slack bot that runs an organisation's own incident playbook.

People, alerts and the clock send **commands**. `decide` says what happened. One transaction
remembers it. The **outbox** tells the world, and what the world answers is again a command.

The rooms, from the outside in; each imports only from those below it:

    cli/         tocsin try | init | run | doctor | alerts | incidents | timeline | outbox | metrics
                 | manifest | playbook
    bot          builds everything, starts and stops it
    slack/       Bolt's listeners (parse, one command, answer), blocks, the sink of the outbox
    web/         what is answered over HTTP: how Tocsin is, and metrics
    sandbox/     a Slack workspace on this machine, to try and to test
    health/      whether Tocsin does its work, told to whoever watches it
    integrations/  systems outside, one file for each vendor, and the sinks of the outbox for them
    alerts/      what monitors send, and what becomes of it
    clock        sends Tick to each incident that is due
    outbox       claims, delivers, marks; back-off, quarantine, dead letters
    audit        looks whether everything is as it must be, after kills and for the doctor
    handle       the one way an incident changes
    simulator/   what a playbook would do, played in virtual time
    playbooks/   templates/playbooks, read and checked
    store/       the tables, the JSON codec, the migrations
    line/        how anything outside is called
    config/      the settings: the only reader of the environment
    logs         how Tocsin logs, without secrets
    failpoints   where a test can kill Tocsin
    domain/      pure: incident, commands, events, decide, timers, effects, playbook
"""
