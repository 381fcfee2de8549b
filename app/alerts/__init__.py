"""What monitors send, and what becomes of it.

    notice.py     what one request said: alerts, and what people did in a pager
    sources.py    who may send: how each is read and how it proves who it is (proving.py)
      alertmanager.py grafana.py datadog.py pagerduty.py opsgenie.py generic.py
                    one each, what was sent to what it said (fields.py: field by field)
    body.py       what was sent, unpacked and parsed, within limits
    taking.py     keeps it, and decides what becomes of it (deciding.py) from what is known (known.py)
    telling.py    what people are told of alerts that were counted
    suggested.py  an incident that was suggested, declared by a person

The address that it comes in by is in `app.web.alerts`.
"""
