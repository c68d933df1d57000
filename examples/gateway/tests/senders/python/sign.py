"""Prints deliveries, one JSON object a line, each signed by the sender's own library.

The secrets come from the gateway's own environment variables; `../delivery.rs` says what the fields mean.
"""

import itertools
import json
import os
import time
from datetime import datetime, timezone

import standardwebhooks
import stripe
import svix
from slack_sdk.signature import SignatureVerifier

NOW = int(time.time())
STALE = {"ten minutes ago": NOW - 600, "ten minutes from now": NOW + 600}
NON_ASCII = "Zoë Łukasz, 東京, 🦀, \u2028, e\u0301"

numbers = itertools.count(1)


def secret(name):
    return os.environ[f"{name.upper()}_SECRET"]


def fresh(prefix):
    return f"{prefix}_python_{next(numbers)}"


def forms(make):
    """The same message in the forms in which a sender may write it; `make` is called once for each."""
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    yield "compact", json.dumps(make("Zoe"), **compact)
    yield "as json.dumps writes it", json.dumps(make(NON_ASCII))
    yield "indented", json.dumps(make("Zoe"), indent=2)
    yield "not ASCII", json.dumps(make(NON_ASCII), **compact)
    yield "indented, not ASCII", json.dumps(make(NON_ASCII), indent=2, ensure_ascii=False)


def deliver(headers, **fields):
    """Prints a delivery; `headers` makes the headers that are sent at a time."""
    stale = {when: headers(at) for when, at in STALE.items()}
    print(json.dumps({"headers": headers(NOW), "stale": stale, **fields}))


def standard(name, library, endpoint, prefix):
    """Standard Webhooks: `library` signs, the headers begin with `prefix`."""
    webhook = library(secret(endpoint))

    def message(full_name):
        return {"type": "contact.created", "data": {"full_name": full_name}}

    for form, body in forms(message):
        message_id = fresh("msg")

        def headers(timestamp, body=body, message_id=message_id):
            date = datetime.fromtimestamp(timestamp, tz=timezone.utc)
            return {
                "content-type": "application/json",
                f"{prefix}-id": message_id,
                f"{prefix}-timestamp": str(timestamp),
                f"{prefix}-signature": webhook.sign(message_id, date, body),
            }

        deliver(
            headers,
            endpoint=endpoint,
            name=f"PyPI {name}, {prefix}-*, {form}",
            signed=[f"{prefix}-id", f"{prefix}-timestamp", f"{prefix}-signature"],
            body=body,
            event="contact.created",
            id=message_id,
        )


def stripe_events():
    def event(customer_name):
        return {
            "id": fresh("evt"),
            "object": "event",
            "type": "invoice.paid",
            "data": {"object": {"id": "in_1", "object": "invoice", "customer_name": customer_name}},
        }

    for form, body in forms(event):

        def headers(timestamp, body=body):
            header = stripe.WebhookSignature.generate_signature_header(body, secret("stripe"), timestamp)
            return {"content-type": "application/json; charset=utf-8", "stripe-signature": header}

        deliver(
            headers,
            endpoint="stripe",
            name=f"PyPI stripe, {form}",
            signed=["stripe-signature"],
            body=body,
            event="invoice.paid",
            id=json.loads(body)["id"],
        )


def slack():
    verifier = SignatureVerifier(secret("slack"))

    def headers_for(body):
        def headers(timestamp):
            return {
                "content-type": "application/json",
                "x-slack-request-timestamp": str(timestamp),
                "x-slack-signature": verifier.generate_signature(timestamp=str(timestamp), body=body),
            }

        return headers

    def event(text):
        mention = {"type": "app_mention", "user": "U061F7AUR", "text": text, "channel": "C0LAN2Q65"}
        return {
            "type": "event_callback",
            "team_id": "T061EG9R6",
            "event_id": fresh("Ev"),
            "event_time": NOW,
            "event": mention,
        }

    signed = ["x-slack-request-timestamp", "x-slack-signature"]
    for form, body in forms(event):
        deliver(
            headers_for(body),
            endpoint="slack",
            name=f"PyPI slack_sdk, {form}",
            signed=signed,
            body=body,
            event="app_mention",
            id=json.loads(body)["event_id"],
        )

    challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    for form, body in forms(lambda _: {"type": "url_verification", "token": "Jhj5", "challenge": challenge}):
        deliver(
            headers_for(body),
            endpoint="slack",
            name=f"PyPI slack_sdk, url_verification, {form}",
            signed=signed,
            body=body,
            event=None,
            id=None,
            challenge=challenge,
        )


standard("standardwebhooks", standardwebhooks.Webhook, "standard", "webhook")
for endpoint in ["standard", "svix"]:
    for prefix in ["webhook", "svix"]:
        standard("svix", svix.Webhook, endpoint, prefix)
stripe_events()
slack()
