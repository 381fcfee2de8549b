"""A Tocsin with a secret in every setting that takes one, all systems outside, and what each of those heard."""

import asyncio
import hashlib
import hmac
import shutil
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from aiohttp import web
from pydantic import SecretStr

from app.config import Settings
from app.playbooks.shipped import shipped
from app.sandbox import Sandbox
from app.sandbox.vendors import ALL, Heard, Vendors
from app.sandbox.vendors.statuspage import Statuspage
from tests.alerts.payloads import EXAMPLES, SECRETS, proven, written
from tests.integrations import postbox
from tests.integrations.postbox import Postbox
from tests.serving import Handler, serving

SIGNING_SECRET = "canarysigningsecret8f742231b10e8888"
METRICS_TOKEN = "canarymetricstoken77aa"
WEBHOOK_KEY = b"the bytes that pages are signed with"

FIELDS = frozenset(name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation))
"""Every setting that is a secret, or holds some."""
BELONGS: Mapping[str, frozenset[str]] = {
    "confluence": frozenset({"confluence_api_token"}),
    "heartbeat": frozenset({"heartbeat_url"}),
    "jira": frozenset({"jira_api_token"}),
    "mail": frozenset(),
    "opsgenie": frozenset({"opsgenie_api_key"}),
    "pagerduty": frozenset({"pagerduty_routing_key", "pagerduty_keys", "pagerduty_api_token"}),
    "statuspage": frozenset({"statuspage_api_key"}),
    "webhook": frozenset({"pager_webhook_url"}),
    "zoom": frozenset({"zoom_client_secret"}),
}
"""Which secrets each system outside is shown, in what it is asked: these, and no other."""

RESPONDERS = {
    "primary: {name: Primary on-call}": "page_by: [pagerduty, email], email: on-call@example.com",
    "secondary: {name: Secondary on-call}": "page_by: [webhook, opsgenie]",
    "incident-manager: {name: Incident manager}": "page_by: pagerduty",
}
LISTS = """
mail:
  stakeholders: {to: [all@example.com], when: [declared, resolved]}
  customers: {to: [they@customer.example], when: customers_told}
"""


@dataclass
class Outside:
    """All systems outside, as one machine, and what each of them heard."""

    sandbox: Sandbox
    vendors: Vendors
    box: Postbox
    heard: dict[str, list[str]] = field(default_factory=lambda: {"heartbeat": [], "webhook": []})

    def takes(self, name: str, answer: Handler) -> Handler:
        """Return what keeps whatever comes to the system of that name, and answers it."""

        async def take(request: web.Request) -> web.StreamResponse:
            said = await request.read()
            self.heard[name].append(f"{request.method} {request.path_qs} {dict(request.headers)} {said!r}")
            return await answer(request)

        return take

    def told(self) -> dict[str, str]:
        """Return all that each of them was told."""
        fakes = {**self.vendors.fakes, "pagerduty": self.sandbox.pagerduty}
        told = {name: "\n".join(map(_words, fake.heard)) for name, fake in fakes.items()}
        mails = "\n".join(part for mail in self.box.mails for part in _parts(mail))
        return {**told, **{name: "\n".join(heard) for name, heard in self.heard.items()}, "mail": mails}


async def thanks(_: web.Request) -> web.StreamResponse:
    """Take whatever comes."""
    return web.Response(status=204)


def parrot(status: int) -> Handler:
    """Return what refuses every request, and quotes it."""

    async def refuse(request: web.Request) -> web.StreamResponse:
        proof = request.headers.get("Authorization", "").rpartition(" ")[2]
        key = (await request.json()).get("routing_key", "") if request.content_type == "application/json" else ""
        said = f"Cannot {request.method} {request.path_qs} as {proof}{key}"
        return web.json_response({"message": said}, status=status)

    return refuse


def at(address: str) -> dict[str, Any]:
    """Return the settings that connect a Tocsin to systems at that address."""
    played = {name: value for kind in ALL for name, value in kind().settings(f"{address}/{kind.name}").items()}
    return {
        **played,
        "pagerduty_routing_key": Sandbox.pagerduty_key,
        "pagerduty_events_url": address,
        "pagerduty_api_token": Sandbox.pagerduty_token,
        "pagerduty_api_url": address,
    }


def _words(heard: Heard) -> str:
    return f"{heard.method} {heard.path}?{heard.query} {heard.headers} {heard.body!r}"


def _parts(mail: EmailMessage) -> Iterator[str]:
    yield mail.as_string()
    yield from (str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")


def playbook(folder: Path) -> str:
    """Write down a playbook that pages by every way."""
    copy = Path(shutil.copytree(shipped() / "playbooks" / "default", folder / "every-way"))
    file = copy / "playbook.yml"
    text = file.read_text()
    for before, more in RESPONDERS.items():
        assert before in text
        text = text.replace(before, f"{before[:-1]}, {more}}}")
    file.write_text(text + LISTS)
    return str(copy)


@asynccontextmanager
async def outside(sandbox: Sandbox) -> AsyncIterator[tuple[Outside, dict[str, Any]]]:
    """Play every system outside, beside those of the sandbox; yield them with the settings that connect them."""
    there = Outside(sandbox, Vendors([fake() for fake in ALL]), Postbox())
    there.vendors.of(Statuspage).show(["API", "Payments"])
    async with AsyncExitStack() as stack:
        # aiohttp closes its sockets one turn of the loop later.
        stack.push_async_callback(asyncio.sleep, 0)
        await stack.enter_async_context(postbox.listening(there.box, asks=True))
        serve = await stack.enter_async_context(serving(""))
        await there.vendors.start()
        stack.push_async_callback(there.vendors.stop)
        watcher = await serve(there.takes("heartbeat", thanks))
        # Pages by the webhook are refused, and the refusal quotes the address, as many a framework does.
        pager = await serve(there.takes("webhook", parrot(404)))
        login = f"{postbox.USER}:{quote(postbox.PASSWORD, safe='')}"
        yield (
            there,
            {
                **there.vendors.settings(),
                "heartbeat_url": f"{watcher}/ping/canaryheartbeat5f1c",
                "pager_webhook_url": f"{pager}/ring/canarypagerwebhook31fe?token=canarypagertoken08bb",
                "pager_webhook_secret": f"whsec_{b64encode(WEBHOOK_KEY).decode()}",
                "smtp_url": f"smtp://{login}@127.0.0.1:{there.box.port}",
                "mail_from": "tocsin@example.com",
            },
        )


def inside(sandbox: Sandbox, folder: Path, port: int, *, over_http: bool) -> dict[str, Any]:
    """Return the settings of Tocsin itself, of the sandbox's Slack and PagerDuty, and of what monitors send."""
    return {
        "slack_bot_token": sandbox.bot_token,
        # It is what chooses Socket Mode.
        "slack_app_token": "" if over_http else sandbox.app_token,
        "slack_signing_secret": SIGNING_SECRET,
        "slack_api_url": sandbox.api_url,
        "database_url": f"sqlite:///{folder / 'tocsin.db'}",
        "playbook": playbook(folder),
        "host": "127.0.0.1",
        "port": port,
        "status_page": f"http://127.0.0.1:{port}/status",
        "metrics_token": METRICS_TOKEN,
        "pagerduty_routing_key": sandbox.pagerduty_key,
        "pagerduty_keys": f"incident-manager={sandbox.managers_key}",
        "pagerduty_events_url": sandbox.pagerduty_url,
        "pagerduty_api_token": sandbox.pagerduty_token,
        "pagerduty_api_url": sandbox.pagerduty_api_url,
        **{f"alerts_{source}_secret": held[0] for source, held in SECRETS.items()},
        "alerts_pagerduty_secret": f"{SECRETS['pagerduty'][0]},{sandbox.pagerduty.webhooks.secret}",
    }


def environment(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield these settings as operators set them: by what they are called in the environment."""
    for name, value in settings.items():
        plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        yield str(Settings.model_fields[name].validation_alias or f"TOCSIN_{name}".upper()), plain


def secrets(settings: Settings) -> dict[str, set[str]]:
    """Return each setting that holds secrets, with every form in which one of them could be written down."""
    held = {name: settings.model_copy(update=dict.fromkeys(FIELDS - {name})).secrets for name in FIELDS}
    return {name: {form for one in ours for form in _forms(one)} for name, ours in held.items() if ours}


def _forms(secret: str) -> Iterator[str]:
    for plain in _plain(secret):
        yield from (plain, quote(plain, safe=""))
        # As it stands in Basic authentication, behind a name of any length.
        for before, mixed in enumerate((0, 2, 3)):
            encoded = b64encode(b" " * before + plain.encode()).decode()
            yield encoded[mixed : (before + len(plain)) // 3 * 4]


def _plain(secret: str) -> Iterator[str]:
    yield secret.removeprefix("whsec_")
    parts = urlsplit(secret)
    if parts.netloc:
        told = (unquote(parts.password or ""), parts.path.rpartition("/")[2], parts.query.partition("=")[2])
        yield from filter(None, told)


def found(sought: Mapping[str, set[str]], text: str) -> frozenset[str]:
    """Return which of these settings a text shows."""
    return frozenset(name for name, forms in sought.items() if any(form in text for form in forms))


def sent_by_monitors() -> Iterator[tuple[str, bytes, dict[str, str], bool]]:
    """Yield what monitors send: the source, the body, its headers, and whether that is proven."""
    for source in ("alertmanager", "datadog", "opsgenie"):
        body = written(EXAMPLES[source][0])
        yield source, body, proven(source, body), True
        yield source, body, proven(source, body, "not-the-secret-at-all"), False
    body = written(EXAMPLES["grafana"][0])
    for held, good in ((SECRETS["grafana"][0], True), ("not-the-secret-at-all", False)):
        signature = hmac.new(held.encode(), body, hashlib.sha256).hexdigest()
        yield "grafana", body, {"x-grafana-alerting-signature": signature}, good
    body = written(EXAMPLES["pagerduty"][0])
    yield "pagerduty", body, proven("pagerduty", body, "not-the-secret-at-all"), False
    body, stamp = written(EXAMPLES["generic"][0]), str(int(time.time()))
    signed = hmac.digest(SECRETS["generic"][0].encode(), f"once.{stamp}.".encode() + body, "sha256")
    signature = f"v1,{b64encode(signed).decode()}"
    yield "generic", body, {"webhook-id": "once", "webhook-timestamp": stamp, "webhook-signature": signature}, True
