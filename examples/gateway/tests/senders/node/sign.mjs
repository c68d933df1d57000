// Prints deliveries, one JSON object a line, each signed by the sender's own library. The argument says which:
// `libraries` for a few of every library, `github` for every example payload of GitHub. The secrets come from the
// gateway's own environment variables; `../delivery.rs` says what the fields mean.

import { createHmac, randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { sign as signForGitHub } from "@octokit/webhooks-methods";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";

const examples = createRequire(import.meta.url)("@octokit/webhooks-examples");

const NOW = Math.floor(Date.now() / 1000);
const STALE = { "ten minutes ago": NOW - 600, "ten minutes from now": NOW + 600 };
const NON_ASCII = "Zoë Łukasz, 東京, 🦀, \u2028, e\u0301";

const secret = (name) => {
  const value = process.env[`${name.toUpperCase()}_SECRET`];
  if (!value) throw new Error(`no secret for ${name}`);
  return value;
};
const print = (delivery) => console.log(JSON.stringify(delivery));

const stale = (headers) => Object.fromEntries(Object.entries(STALE).map(([when, at]) => [when, headers(at)]));

let made = 0;
const next = (prefix) => `${prefix}_node_${++made}`;

/** The same message in the forms in which a sender may write it; `make` is called once for each. */
function* forms(make) {
  yield ["compact", JSON.stringify(make("Zoe"))];
  yield ["indented", JSON.stringify(make("Zoe"), null, 2)];
  yield ["not ASCII", JSON.stringify(make(NON_ASCII))];
  yield ["indented, not ASCII", JSON.stringify(make(NON_ASCII), null, 2)];
}

/** Standard Webhooks: `library` signs, the headers begin with `prefix`. */
function standard(name, library, endpoint, prefix) {
  const webhook = new library(secret(endpoint));
  const old = new library(`whsec_${Buffer.from("the secret before this one").toString("base64")}`);
  const signed = ["id", "timestamp", "signature"].map((end) => `${prefix}-${end}`);
  const deliver = (form, body, rotating) => {
    const id = next("msg");
    const headers = (timestamp) => {
      const date = new Date(timestamp * 1000);
      const signature = webhook.sign(id, date, body);
      return {
        "content-type": "application/json",
        [`${prefix}-id`]: id,
        [`${prefix}-timestamp`]: String(timestamp),
        [`${prefix}-signature`]: rotating ? `${old.sign(id, date, body)} ${signature}` : signature,
      };
    };
    print({
      endpoint,
      name: `npm ${name}, ${prefix}-*, ${form}`,
      headers: headers(NOW),
      stale: stale(headers),
      signed: rotating ? [] : signed,
      body,
      event: "contact.created",
      id,
    });
  };
  const message = (full_name) => ({ type: "contact.created", data: { full_name } });
  for (const [form, body] of forms(message)) deliver(form, body, false);
  deliver("while secrets rotate", JSON.stringify(message("Zoe")), true);
}

function stripe() {
  const deliver = (form, body, rotating) => {
    const headers = (timestamp) => {
      const header = (secret) =>
        Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
      const before = rotating ? `${header("whsec_before")},` : "";
      const current = header(secret("stripe"));
      // Of the second header only its `v1=…`: the time is there already.
      return {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": rotating ? before + current.split(",")[1] : current,
      };
    };
    print({
      endpoint: "stripe",
      name: `npm stripe, ${form}`,
      headers: headers(NOW),
      stale: stale(headers),
      signed: rotating ? [] : ["stripe-signature"],
      body,
      event: "invoice.paid",
      id: JSON.parse(body).id,
    });
  };
  const event = (customer_name) => ({
    id: next("evt"),
    object: "event",
    type: "invoice.paid",
    data: { object: { id: "in_1", object: "invoice", customer_name } },
  });
  for (const [form, body] of forms(event)) deliver(form, body, false);
  deliver("while secrets rotate", JSON.stringify(event("Zoe")), true);
}

/** What GitHub sends for `payload`: as JSON, or as a form where `form` is true. */
async function gitHub(name, event, payload, json, form = false) {
  const body = form ? new URLSearchParams({ payload: json }).toString() : json;
  const id = randomUUID();
  print({
    endpoint: "github",
    name,
    headers: {
      "content-type": form ? "application/x-www-form-urlencoded" : "application/json",
      "user-agent": "GitHub-Hookshot/f1aa6e4",
      "x-github-event": event,
      "x-github-delivery": id,
      "x-github-hook-id": "292430182",
      // GitHub sends the old signature too; it stays right while the other is forged, and must not count.
      "x-hub-signature": `sha1=${createHmac("sha1", secret("github")).update(body).digest("hex")}`,
      "x-hub-signature-256": await signForGitHub(secret("github"), body),
    },
    stale: {},
    signed: ["x-hub-signature-256"],
    body,
    event: typeof payload.action === "string" ? `${event}.${payload.action}` : event,
    id,
  });
}

async function libraries() {
  standard("standardwebhooks", StandardWebhook, "standard", "webhook");
  for (const endpoint of ["standard", "svix"]) {
    for (const prefix of ["webhook", "svix"]) standard("svix", SvixWebhook, endpoint, prefix);
  }
  stripe();
  const opened = (title) => ({ action: "opened", issue: { number: 1, title } });
  for (const [form, body] of forms(opened)) {
    await gitHub(`npm @octokit/webhooks-methods, ${form}`, "issues", JSON.parse(body), body);
    await gitHub(`npm @octokit/webhooks-methods, form, ${form}`, "issues", JSON.parse(body), body, true);
  }
}

async function everyExampleOfGitHub() {
  for (const { name, examples: payloads } of examples) {
    for (const [index, payload] of payloads.entries()) {
      const json = JSON.stringify(payload);
      await gitHub(`example ${name} ${index}`, name, payload, json);
      if (index === 0) await gitHub(`example ${name} ${index}, form`, name, payload, json, true);
    }
  }
}

const what = { libraries, github: everyExampleOfGitHub }[process.argv[2]];
if (!what) throw new Error("say `libraries` or `github`");
await what();
