// API keys, exchanged at a real authorization server, before a control plane that takes valid
// tokens alone.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { freePorts } from "../ports.mjs";
import { Gate, basic } from "./gate.js";
import { authorizationServer, controlPlane, until, webhook } from "./processes.js";

const ROBOT = { id: "robot", secret: "canary+secret/of%the~robot-0123456789" };
const OTHER = { id: "other", secret: "canary-secret-of-the-other-0123456789" };
const GATE = { id: "gate", secret: "secret-of-the-gate" };
const CLIENTS = [ROBOT, OTHER, GATE];
const LONG = 3600;
const SHORT = 6;

let directory;
let plane;
let gate;
let authority;
let issuer;
let serving;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "flyte-webhook-identity-"));
  plane = await controlPlane(join(directory, "data"));
  const [port, gatePort] = await freePorts(2);
  issuer = `http://127.0.0.1:${port}`;
  gate = new Gate(plane.port, `${issuer}/token/introspection`, GATE);
  await gate.listen(gatePort);
  authority = `127.0.0.1:${gatePort}`;
  await tell(`${issuer}/token`);
});

after(async () => {
  gate?.close();
  assert.equal(await plane?.server.stop(), 0);
  await rm(directory, { recursive: true });
});

/** Has the control plane name a token endpoint. */
async function tell(token_endpoint) {
  const effect = { type: "authorization_server", token_endpoint, scopes: ["all"] };
  const rules = ["GetOAuth2Metadata", "GetPublicClientConfig"].map((name) => {
    return { method: `AuthMetadataService/${name}`, effect };
  });
  const url = `http://127.0.0.1:${plane.port}/_dev/faults`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify({ rules }) });
  assert.equal(answer.status, 200, await answer.text());
}

/** A key as the SDK decodes it. */
function key({ id, secret }, endpoint = authority) {
  return Buffer.from(`${endpoint}:${id}:${secret}:acme`).toString("base64");
}

/** Runs a test with a webhook and an authorization server of its own. */
function story(name, lifetime, body) {
  test(name, { timeout: 120_000 }, async () => {
    gate.calls = [];
    gate.known.clear();
    const start = (clients = CLIENTS) => {
      const pairs = clients.map(({ id, secret }) => `${id}:${secret}`);
      return authorizationServer(new URL(issuer).port, lifetime, pairs);
    };
    let servers = await start();
    serving = await webhook(`http://${authority}`);
    const story = {
      granted: () => servers.lines.filter((line) => line.what === "granted").length,
      refused: () => servers.lines.filter((line) => line.what === "refused").length,
      stop: () => servers.stop("SIGKILL"),
      signal: (name) => servers.signal(name),
      restart: async (clients) => (servers = await start(clients)),
    };
    try {
      await body(story);
    } finally {
      await servers.stop("SIGKILL");
      assert.equal(await serving.server.stop(), 0);
    }
    await shows(serving.server.output);
  });
}

/** No secret, key or token is in a log, and no secret or key at the control plane. */
async function shows(log) {
  assert.match(log, /"level":"DEBUG"/);
  const secrets = CLIENTS.flatMap((client) => [client.secret, encodeURIComponent(client.secret), key(client)]);
  const tokens = gate.tokens.map((authorization) => authorization.replace(/^Bearer /, ""));
  for (const secret of [...secrets, ...tokens]) {
    assert.ok(!log.includes(secret), `the log shows ${secret}`);
  }
  for (const secret of secrets) {
    assert.ok(!gate.calls.some((call) => call.all.includes(secret)), `the control plane saw ${secret}`);
  }
}

async function ask(path, credential, options = {}) {
  const answer = await fetch(`http://127.0.0.1:${serving.port}${path}`, {
    ...options,
    headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const me = (credential) => ask("/me", credential);

story("a valid key works and costs one token", LONG, async ({ granted, refused }) => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => me(key(ROBOT))));
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
  assert.equal(new Set(answers.map((answer) => answer.body.subject)).size, 1);
  const body = JSON.stringify({ name: "Ada" });
  const path = "/run-task/development/flytesnacks/demo.hello";
  const run = await ask(path, key(ROBOT), { method: "POST", body });
  assert.equal(run.status, 200, JSON.stringify(run.body));
  assert.deepEqual([granted(), refused()], [1, 0]);
  // The gate is no decoration.
  assert.equal((await me("no-token")).status, 401);
});

story("a wrong secret is refused, and asked about once", LONG, async ({ granted, refused }) => {
  const wrong = key({ ...ROBOT, secret: OTHER.secret });
  for (let index = 0; index < 20; index += 1) {
    const answer = await me(wrong);
    assert.deepEqual([answer.status, answer.body.code], [401, "invalid_api_key"]);
  }
  assert.deepEqual([granted(), refused()], [0, 1]);
  const calls = gate.calls.filter((call) => !call.path.includes("AuthMetadataService"));
  assert.deepEqual(calls, []);
});

story("tokens expire, and nobody notices", SHORT, async ({ granted }) => {
  const end = Date.now() + 13_000;
  let asked = 0;
  while (Date.now() < end) {
    assert.equal((await me(key(ROBOT))).status, 200, `request ${asked}`);
    asked += 1;
    await setTimeout(50);
  }
  assert.ok(asked > 20, `${asked}`);
  // Each is in use for 4 of its 6 seconds.
  assert.ok(granted() >= 3 && granted() <= 4, `${granted()} tokens`);
});

story("a revoked token costs one refusal, a revoked client all", LONG, async ({ granted, restart, stop }) => {
  assert.equal((await me(key(ROBOT))).status, 200);
  // A token is not given up in its first second.
  await setTimeout(1_100);
  const token = gate.tokens.at(-1).replace(/^Bearer /, "");
  const revoked = await fetch(`${issuer}/token/revocation`, {
    method: "POST",
    headers: { authorization: basic(ROBOT) },
    body: new URLSearchParams({ token }),
  });
  assert.equal(revoked.status, 200, await revoked.text());
  const refusal = await me(key(ROBOT));
  assert.deepEqual([refusal.status, refusal.body.source], [401, "control_plane"]);
  assert.equal((await me(key(ROBOT))).status, 200);
  assert.equal(granted(), 2);

  await setTimeout(1_100);
  await stop();
  await restart([OTHER, GATE]);
  assert.equal((await me(key(ROBOT))).body.source, "control_plane");
  const answer = await me(key(ROBOT));
  assert.deepEqual([answer.status, answer.body.code], [401, "invalid_api_key"]);
  assert.equal((await me(key(OTHER))).status, 200);
});

story("an authorization server that is down stops new keys alone", LONG, async ({ restart, signal, stop }) => {
  assert.equal((await me(key(ROBOT))).status, 200);
  await stop();
  const down = await me(key(OTHER));
  assert.deepEqual([down.status, down.body.code], [503, "token_endpoint_unavailable"]);
  assert.equal(down.body.retryable, true);
  assert.equal(down.headers.get("retry-after"), "5");
  assert.equal((await me(key(ROBOT))).status, 200);

  await restart();
  // The gate asks about a token that the new process has not granted.
  await until("the other key works", async () => (await me(key(OTHER))).status === 200);

  signal("SIGSTOP");
  const third = { id: "third", secret: "x" };
  const stuck = await me(key(third));
  assert.deepEqual([stuck.status, stuck.body.code], [504, "token_endpoint_timeout"]);
  assert.equal((await me(key(OTHER))).status, 200);
  signal("SIGCONT");
  await until("the third key is judged", async () => (await me(key(third))).body.code === "invalid_api_key");
});

story("a key for another endpoint is sent nowhere", LONG, async ({ granted, refused }) => {
  let visits = 0;
  const canary = createServer(() => (visits += 1)).listen(0, "127.0.0.1");
  await once(canary, "listening");
  const other = `127.0.0.1:${canary.address().port}`;
  for (const endpoint of [other, `http://${other}`, `dns:///${other}`, "flyte.example.com", `${authority}.example.com`]) {
    const answer = await me(key(ROBOT, endpoint));
    assert.deepEqual([answer.status, answer.body.code], [401, "other_endpoint"], endpoint);
  }
  assert.deepEqual([visits, granted(), refused(), gate.calls], [0, 0, 0, []]);
  await once(canary.close(), "close");
});
