// Writes the lists of events that the catalogs of GitHub and Stripe are made of, from the npm packages that
// package.json pins. To refresh them: raise the versions there, then run in this directory
//
//     npm install --no-audit --no-fund --no-package-lock
//     node refresh.mjs
//
// `node refresh.mjs --check` writes nothing: it prints what is new (+) and what is gone (-), and exits 1 if there is any.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const packages = pathToFileURL(`${process.cwd()}/node_modules/`);
const providers = new URL("../../runtime/src/provider/", import.meta.url);

const text = (path) => readFileSync(new URL(path, packages), "utf8");
const json = (path) => JSON.parse(text(path));
const source = (name) => `${name} ${json(`${name}/package.json`).version}`;
const matches = (string, pattern) => Array.from(string.matchAll(pattern), (match) => match[1]);

// An event by its header and its action.
const named = (event, action) => (action === undefined ? event : `${event}.${action}`);

function github() {
  const names = matches(text("@octokit/webhooks/dist-src/generated/webhook-names.js"), /^ {2}"(.+)"/gm);
  const events = new Set(names);

  for (const { name, examples } of json("@octokit/webhooks-examples/api.github.com/index.json")) {
    for (const example of examples) events.add(named(name, example.action));
  }

  // GitHub.com, Enterprise Cloud and Enterprise Server: each has some that the others lack.
  const generated = "@octokit/openapi-webhooks/generated/";
  for (const file of readdirSync(new URL(generated, packages)).filter((file) => file.endsWith(".json"))) {
    const description = json(generated + file);
    const resolved = (schema) =>
      schema?.$ref ? schema.$ref.split("/").slice(1).reduce((node, key) => node[key], description) : schema;
    for (const { post } of Object.values(description.webhooks ?? description["x-webhooks"])) {
      // The descriptions write some events with dashes; the header never does.
      const event = post["x-github"].subcategory.replaceAll("-", "_");
      const schema = resolved(post.requestBody.content["application/json"].schema);
      for (const alternative of schema.oneOf ?? schema.anyOf ?? [schema]) {
        const action = resolved(resolved(alternative).properties?.action);
        for (const value of action?.enum ?? [undefined]) events.add(named(event, value));
      }
    }
  }

  // A bare name is an event's only where there are no actions: otherwise a handler of it would never run.
  const bare = [...events].filter((name) => [...events].some((other) => other.startsWith(`${name}.`)));
  for (const name of bare) events.delete(name);

  return {
    events,
    about: [
      "The events of GitHub.com, Enterprise Cloud and Enterprise Server: what the header X-GitHub-Event says, and",
      "behind a dot the body's action where it has one. The action of repository_dispatch is whatever text its caller",
      "chose: the two that stand here come from examples.",
    ],
    sources: ["@octokit/webhooks", "@octokit/openapi-webhooks", "@octokit/webhooks-examples"],
  };
}

function stripe() {
  const types = (path) => matches(text(path), /^ {4}type: '(.+)';/gm);
  const endpoints = text("stripe/cjs/resources/WebhookEndpoints.d.ts");
  const enabled = matches(/^ {4}type EnabledEvent = (.+);/m.exec(endpoints)[1], /'(.+?)'/g);
  const thin = types("stripe/cjs/resources/V2/Core/Events.d.ts");
  const snapshots = [...enabled.filter((name) => name !== "*"), ...types("stripe/cjs/resources/Events.d.ts")];

  return {
    events: new Set([...snapshots, ...thin.filter((name) => !name.includes("["))]),
    about: [
      "The events of Stripe: what the body's type says. Those that begin with v1. or v2. are thin events, which only",
      "event destinations get; the others are snapshot events. Left out are the thin events whose names hold brackets,",
      "such as v2.core.account[identity].updated: no pattern can name them.",
    ],
    sources: ["stripe"],
  };
}

const isCheck = process.argv.includes("--check");
for (const [provider, read] of Object.entries({ github, stripe })) {
  const { events, about, sources } = read();
  const odd = [...events].filter((name) => !/^[\w-]+([./:][\w-]+)*$/.test(name));
  if (odd.length > 0) throw new Error(`no pattern can name these events of ${provider}: ${odd.join(", ")}`);

  const file = new URL(`${provider}/events.txt`, providers);
  if (isCheck) {
    const known = new Set(readFileSync(file, "utf8").split("\n").filter((line) => line && !line.startsWith("#")));
    const changes = [
      ...[...events].filter((name) => !known.has(name)).map((name) => `+ ${name}`),
      ...[...known].filter((name) => !events.has(name)).map((name) => `- ${name}`),
    ];
    console.log(`${provider}: ${known.size} events, ${changes.length} changes`);
    for (const change of changes.sort()) console.log(change);
    if (changes.length > 0) process.exitCode = 1;
  } else {
    const header = [
      ...about,
      `Read on ${new Date().toISOString().slice(0, 10)} from these npm packages: ${sources.map(source).join(", ")}.`,
      "Written by tests/catalogs/refresh.mjs, which says how to refresh it.",
    ];
    writeFileSync(file, `${header.map((line) => `# ${line}\n`).join("")}${[...events].sort().join("\n")}\n`);
    console.log(`${provider}: ${events.size} events`);
  }
}
