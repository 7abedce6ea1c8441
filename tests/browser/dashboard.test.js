// The dashboard shows an administrator what comes, as it comes, and nobody else anything.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { HOST, launch, open, screenshot } from "./browser.js";
import { start } from "./dev.js";

const SECRET = "a-secret-of-the-tests-0123456789";
const PASSWORD = "a-password-of-the-tests-0123456789";
const COMMIT = "f00ba4";
// What a stranger who can sign could write, were it taken for markup.
const MARKUP = "<img src=x onerror=window.hurt=1>";

// Every route of administrators, and paths that would tell by another answer that they are none.
const ROUTES = [
  ["GET", "/"],
  ["GET", "/metrics"],
  ["GET", "/api/dashboard.js"],
  ["GET", "/api/dashboard.css"],
  ["GET", "/api/status"],
  ["GET", "/api/events"],
  ["GET", "/api/deliveries"],
  ["GET", "/api/deliveries/1"],
  ["POST", "/api/deliveries/1/replay"],
  ["POST", "/webhook/greet/explain"],
  ["GET", "/api/"],
  ["GET", "/api/nothing"],
  ["DELETE", "/api/deliveries/1"],
];

let server;
let browser;
let origin;

before(async () => {
  server = await start((directory) => ({
    admin: { tokens: [{ id: "browser", hash: createHash("sha256").update(PASSWORD).digest("hex") }] },
    inbox: { path: join(directory, "inbox.db") },
    hooks: {
      greet: {
        source: "github",
        secrets: [{ value: SECRET }],
        identity: { value: "identity-of-the-hook" },
        ack: "stored",
        rules: [
          {
            when: 'event.type == "push"',
            task: "development/flytesnacks/demo.hello",
            inputs: { name: "payload.after" },
          },
        ],
      },
    },
  }));
  origin = `http://${HOST}:${server.port}`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.equal(await server?.stop(), 0);
});

test("nobody without a password learns anything, whatever is asked", async () => {
  assert.equal((await deliver("before", COMMIT)).status, 202);
  const basic = (password) => `Basic ${Buffer.from(`ops:${password}`).toString("base64")}`;
  const hash = createHash("sha256").update(PASSWORD).digest("hex");
  const strangers = [undefined, "Bearer dev", `Bearer ${PASSWORD}x`, basic(""), basic(hash), `Bearer ${SECRET}`];
  for (const [method, path] of ROUTES) {
    for (const authorization of strangers) {
      const headers = authorization ? { authorization } : {};
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers });
      const said = `${method} ${path} ${authorization}`;
      assert.equal(answer.status, 401, said);
      assert.equal(answer.headers.get("www-authenticate"), 'Basic realm="flyte-webhook", Bearer', said);
      assert.equal(answer.headers.get("cache-control"), "no-store", said);
      assert.equal((await answer.json()).code, "no_administrator", said);
    }
  }
});

test("a browser without a password is shown no page", async () => {
  for (const password of [undefined, "wrong"]) {
    assert.equal(await refusal(password), 401);
  }
});

/** The status of what a browser with this password is shown, which must be nothing of this server. */
async function refusal(password) {
  try {
    const { page, response, close } = await open(browser, origin, "/", password);
    assert.doesNotMatch(await page.content(), /greet/);
    await close();
    return response.status();
  } catch (error) {
    // It asked, and has no other password to try.
    assert.match(error.message, /ERR_INVALID_AUTH_CREDENTIALS/);
    return 401;
  }
}

test("a delivery appears without reload, is replayed, and its explanation is read", async () => {
  const { page, elsewhere, complaints, close } = await open(browser, origin, "/", PASSWORD);
  await page.evaluate(() => {
    window.isStillThere = true;
  });
  const hook = page.locator("#hooks tbody tr");
  await hook.first().waitFor();
  const cells = await hook.locator("td").allInnerTexts();
  assert.deepEqual(cells, [
    "greet",
    "github",
    `${origin}/webhook/greet`,
    "1 present",
    "stored",
    "development/flytesnacks/demo.hello",
  ]);

  const answer = await deliver(MARKUP, "c0ffee");
  assert.equal(answer.status, 202);
  const { delivery } = await answer.json();
  const event = page.locator("#events tbody tr", { hasText: MARKUP });
  await event.waitFor();
  const kept = page.locator("#deliveries tbody tr").filter({
    has: page.locator(`td:first-child:text-is("${delivery}")`),
  });
  const launched = kept.locator(".launched");
  await launched.waitFor();
  const first = run(await launched.innerText());

  assert.equal((await deliver("forged", COMMIT, "another-secret-of-nobody-0123456789")).status, 401);
  await page.locator("#events tbody tr .rejected").waitFor();

  await kept.getByRole("button", { name: "Replay" }).click();
  await kept.locator(".launched", { hasNotText: first }).waitFor();
  assert.notEqual(run(await kept.locator(".launched").innerText()), first);

  await kept.getByRole("button", { name: "Explain" }).click();
  const explained = page.locator("#explained");
  await explained.waitFor();
  const text = await explained.innerText();
  for (const expected of [
    `Delivery ${delivery} to greet`,
    "The signature is that of secret 1",
    MARKUP,
    "push",
    "acme/site",
    "Rule 1 starts development/flytesnacks/demo.hello: applies",
    "launched",
  ]) {
    assert.ok(text.includes(expected), `${expected} in ${text}`);
  }
  await screenshot(page, "dashboard");

  const shown = await page.content();
  for (const hidden of [SECRET, PASSWORD, "identity-of-the-hook", "c0ffee"]) {
    assert.ok(!shown.includes(hidden), `${hidden} is shown`);
  }
  assert.equal(await page.evaluate(() => window.isStillThere), true, "it was not loaded again");
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  assert.deepEqual({ elsewhere, complaints }, { elsewhere: [], complaints: [] });
  await close();
});

test("a page says when the server does not answer, and goes on when it does", async () => {
  const { page, close } = await open(browser, origin, "/", PASSWORD);
  await page.locator("#hooks tbody tr").first().waitFor();
  await page.route("**/api/status", (route) => route.abort());
  const trouble = page.locator("#trouble");
  await trouble.waitFor();
  assert.match(await trouble.innerText(), /does not answer as it should/);
  await page.unroute("**/api/status");
  await trouble.waitFor({ state: "hidden" });
  await close();
});

/** The name of a run in the words of a launch. */
function run(text) {
  return text.split(" ")[2];
}

/** Sends a push, signed as GitHub does. */
function deliver(id, commit, secret = SECRET) {
  const body = JSON.stringify({ ref: "refs/heads/main", after: commit, repository: { full_name: "acme/site" } });
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  return fetch(`http://127.0.0.1:${server.port}/webhook/greet`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": id,
      "x-hub-signature-256": `sha256=${signature}`,
    },
    body,
  });
}
