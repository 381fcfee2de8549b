"""What the six playbooks do, line by line, as the page of their figures says it; nothing here is read from their files.

A table is for an incident that is declared on a Monday at 10:00 in the playbook's zone. Its first column says when
something happens where nobody acknowledges, the second when it happens where somebody does after two minutes.
`–` means never.
"""

MONDAY = "2026-03-02T10:00"
ACKNOWLEDGED_AFTER = "2m"
WATCHED = "32h"

TABLES = {
    ("default", "SEV1"): """
        0      0      paged 1 Primary on-call
        0      0      paged 3 Incident manager
        4m     –      warned acknowledge
        5m     –      breached acknowledge
        5m     –      paged 2 Secondary on-call
        48m    48m    warned resolve
        1h     1h     breached resolve
        1h     1h     paged 4 Head of engineering
    """,
    ("default", "SEV2"): """
        0      0      paged 1 Primary on-call
        12m    –      warned acknowledge
        15m    –      breached acknowledge
        15m    –      paged 2 Secondary on-call
        1h     1h     paged 3 Incident manager
        3h12m  3h12m  warned resolve
        4h     4h     breached resolve
    """,
    ("default", "SEV3"): """
        0      0      paged 1 Primary on-call
        48m    –      warned acknowledge
        1h     –      breached acknowledge
        1h     –      paged 2 Secondary on-call
        19h12m 19h12m warned resolve
        24h    24h    breached resolve
    """,
    ("default", "SEV4"): """
        28h    –      warned acknowledge
        31h    –      breached acknowledge
    """,
    ("multi-service", "SEV1"): """
        0      0      paged 1 Primary on-call
        0      0      paged 3 Engineering manager
        12m    –      warned acknowledge
        15m    –      breached acknowledge
        15m    30m    paged 2 Secondary on-call
        1h36m  1h36m  warned resolve
        2h     2h     breached resolve
        2h     2h     paged 4 VP Engineering
        4h     4h     paged 5 CTO
    """,
    ("multi-service", "SEV2"): """
        0      0      paged 1 Primary on-call
        15m    1h     paged 2 Secondary on-call
        24m    –      warned acknowledge
        30m    –      breached acknowledge
    """,
    ("multi-service", "SEV3"): """
        0      0      paged 1 Primary on-call
        1h36m  –      warned acknowledge
        2h     –      breached acknowledge
    """,
    ("multi-service", "SEV4"): """
        28h    –      warned acknowledge
        31h    –      breached acknowledge
    """,
    ("eazepay", "P0"): """
        0      0      paged 1 On-call engineer
        4m     –      warned acknowledge
        5m     –      breached acknowledge
        15m    30m    paged 2 DevOps lead
        48m    48m    warned resolve
        1h     1h     breached resolve
        1h     1h     paged 3 Engineering manager
        2h     2h     paged 4 CTO
    """,
    ("eazepay", "P1"): """
        0      0      paged 1 On-call engineer
        15m    30m    paged 2 DevOps lead
        48m    –      warned acknowledge
        1h     –      breached acknowledge
        1h     1h     paged 3 Engineering manager
        2h     2h     paged 4 CTO
        3h12m  3h12m  warned resolve
        4h     4h     breached resolve
    """,
    ("eazepay", "P2"): """
        0      0      paged 1 On-call engineer
        3h12m  –      warned acknowledge
        4h     –      breached acknowledge
    """,
    ("eazepay", "P3"): """
        0      0      paged 1 On-call engineer
        19h12m –      warned acknowledge
        24h    –      breached acknowledge
    """,
    ("waqiti", "P1"): """
        0      0      paged 1 Platform engineer
        12m    –      warned acknowledge
        15m    –      breached acknowledge
        15m    –      paged 2 Senior platform engineer, Product manager
        1h36m  1h36m  warned resolve
        2h     2h     breached resolve
        2h     2h     paged 3 Platform lead, CTO
    """,
    ("waqiti", "P2"): """
        0      0      paged 1 Platform engineer
        24m    –      warned acknowledge
        30m    –      breached acknowledge
        30m    –      paged 2 Senior platform engineer, Product manager
        3h12m  3h12m  warned resolve
        4h     4h     breached resolve
        4h     4h     paged 3 Platform lead, CTO
    """,
    ("waqiti", "P3"): """
        0      0      paged 1 Platform engineer
        48m    –      warned acknowledge
        1h     –      breached acknowledge
        1h     –      paged 2 Senior platform engineer, Product manager
        6h24m  6h24m  warned resolve
        8h     8h     breached resolve
    """,
    ("waqiti", "P4"): """
        0      0      paged 1 Platform engineer
        3h12m  –      warned acknowledge
        4h     –      breached acknowledge
        4h     –      paged 2 Senior platform engineer, Product manager
        19h12m 19h12m warned resolve
        24h    24h    breached resolve
    """,
    ("fintech", "SEV-1"): """
        0      0      paged 1 On-call engineer
        0      0      paged 1 Engineering manager
        12m    –      warned acknowledge
        15m    –      breached acknowledge
        15m    15m    paged 2 Engineering manager
        45m    45m    paged 3 VP Engineering
        48m    48m    warned resolve
        1h     1h     breached resolve
    """,
    ("fintech", "SEV-3"): """
        0      0      paged 1 On-call engineer
        3h12m  –      warned acknowledge
        4h     –      breached acknowledge
        3h12m  3h12m  warned resolve
        4h     4h     breached resolve
    """,
    ("fintech", "SEV-4"): """
        19h12m –      warned acknowledge
        24h    –      breached acknowledge
    """,
    ("phase26", "P0"): """
        0      0      paged 1 DevOps engineer
        0      0      paged 3 Engineering manager
        12m    –      warned acknowledge
        15m    –      breached acknowledge
        15m    –      paged 2 backend engineer
        1h     1h     paged 4 CTO
    """,
    ("phase26", "P1"): """
        0      0      paged 1 DevOps engineer
        0      0      paged 3 Engineering manager
        15m    –      paged 2 backend engineer
        48m    –      warned acknowledge
        1h     –      breached acknowledge
    """,
    ("phase26", "P2"): """
        0      0      paged 1 DevOps engineer
        3h12m  –      warned acknowledge
        4h     –      breached acknowledge
    """,
    ("phase26", "P3"): """
        0      0      paged 1 DevOps engineer
        28h    –      warned acknowledge
        31h    –      breached acknowledge
    """,
}

RAISED_AFTER_AN_HOUR = """
        0      0      paged 1 On-call engineer
        15m    15m    paged 2 Engineering manager
        45m    45m    paged 3 VP Engineering
        48m    –      warned acknowledge
        48m    48m    warned resolve
        1h     –      breached acknowledge
        1h     1h     breached resolve
        1h     1h     severity_changed SEV-1
        1h     1h     paged 1 Engineering manager
        1h12m  –      warned acknowledge
        1h15m  –      breached acknowledge
        1h48m  1h48m  warned resolve
        2h     2h     breached resolve
"""
"""fintech SEV-2, which becomes SEV-1 after an hour: then the clocks of SEV-1 begin."""

UPDATES: dict[str, dict[str, str | None]] = {
    "default": {"SEV1": "15m", "SEV2": "30m", "SEV3": "2h", "SEV4": None},
    "multi-service": {"SEV1": "15m", "SEV2": "30m", "SEV3": "2h", "SEV4": None},
    "eazepay": {"P0": "15m", "P1": "30m", "P2": "2h", "P3": None},
    "waqiti": {"P1": "15m", "P2": "30m", "P3": "1h", "P4": "4h"},
    "fintech": {"SEV-1": "15m", "SEV-3": "30m", "SEV-4": None},
    "phase26": {"P0": "15m", "P1": "30m", "P2": "2h", "P3": None},
}
"""How often an update is asked for while nobody posts one."""

REPEATS: dict[str, dict[str, str | None]] = {
    "default": {"SEV1": "5m", "SEV2": "15m", "SEV3": "1h", "SEV4": None},
    "multi-service": {"SEV1": "15m", "SEV2": "30m", "SEV3": "2h", "SEV4": None},
    "eazepay": {"P0": "5m", "P1": "1h", "P2": "4h", "P3": "24h"},
    "waqiti": {"P1": "15m", "P2": "30m", "P3": "1h", "P4": "4h"},
    "fintech": {"SEV-1": "15m", "SEV-3": "4h", "SEV-4": "24h"},
    "phase26": {"P0": "15m", "P1": "1h", "P2": "4h", "P3": None},
}
"""After how long without an acknowledgement the step that fired last is paged again."""

POSTMORTEMS: dict[str, dict[str, str | None]] = {
    "default": {"SEV1": "72h", "SEV2": "72h", "SEV3": None, "SEV4": None},
    "multi-service": {"SEV1": "72h", "SEV2": "72h", "SEV3": None, "SEV4": None},
    "eazepay": {"P0": "72h", "P1": "72h", "P2": None, "P3": None},
    "waqiti": {"P1": "48h", "P2": "48h", "P3": None, "P4": None},
    "fintech": {"SEV-1": "24h", "SEV-2": "24h", "SEV-3": None, "SEV-4": None},
    "phase26": {"P0": "48h", "P1": "48h", "P2": None, "P3": None},
}
"""When the postmortem is due, counted from the resolution."""

TAGS = {
    ("default", "security-breach"): "4 Head of engineering",
    ("default", "data-loss"): "4 Head of engineering",
    ("eazepay", "multiple-services"): "2 DevOps lead",
    ("eazepay", "data-integrity"): "2 DevOps lead",
    ("eazepay", "user-impact"): "3 Engineering manager",
    ("eazepay", "financial-impact"): "3 Engineering manager",
    ("eazepay", "security-breach"): "4 CTO",
    ("eazepay", "data-loss"): "4 CTO",
    ("waqiti", "business-critical"): "4 CEO",
    ("waqiti", "security-breach"): "security Security team",
    ("fintech", "multiple-services"): "2 Engineering manager",
    ("fintech", "data-loss"): "2 Engineering manager",
    ("fintech", "customer-escalation"): "2 Engineering manager",
    ("phase26", "security-breach"): "4 CTO",
}
"""Which step a tag fires, whatever the severity."""

WANTED_AFTER = {
    ("multi-service", "SEV1"): ("24h",),
    ("waqiti", "P1"): ("1h",),
    ("phase26", "P0"): ("24h", "7d", "30d"),
}
"""What is wanted beside the postmortem, counted from the resolution: data, a timeline, the follow-up lists."""

MILESTONES = {"5m": "war room", "15m": "diagnosis", "30m": "mitigation"}
"""The protocol of fintech for SEV-2, less its last line: after an hour it is resolved or raised."""
