// The documentation pages do what they are for, and load nothing from anywhere else.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { HOST, launch, open, screenshot } from "./browser.js";
import { start } from "./dev.js";

const RUN_TASK = "run_task_run_task__domain___project___name__post";
const GET_RUN_IO = "get_run_io_run__name__io_get";

let server;
let browser;
let origin;

before(async () => {
  server = await start();
  origin = `http://${HOST}:${server.port}`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.equal(await server?.stop(), 0);
});

test("a run is started on /docs, and its output is seen there", async () => {
  const { page, elsewhere, complaints, close } = await open(browser, origin, "/docs");
  assert.equal(await page.title(), "Flyte Webhook: flyte-webhook - Swagger UI");

  await page.locator(".auth-wrapper .btn.authorize").click();
  await page.locator(".auth-container input").fill("dev");
  await page.locator(".auth-btn-wrapper .authorize").click();
  await page.locator(".auth-btn-wrapper .btn-done").click();

  const started = await execute(page, "task", RUN_TASK, {});
  assert.equal(started.status, 200);
  const { name, outputs } = started.body;
  assert.deepEqual(outputs, { o0: "Hello, Ada!" });
  await screenshot(page, "docs-run_task");

  const io = await execute(page, "run", GET_RUN_IO, { name });
  assert.equal(io.status, 200);
  assert.deepEqual(io.body, {
    name,
    inputs: { name: "Ada" },
    outputs: { o0: "Hello, Ada!" },
    project: "flytesnacks",
    domain: "development",
  });
  await screenshot(page, "docs-get_run_io");

  assert.deepEqual({ elsewhere, complaints }, { elsewhere: [], complaints: [] });
  await close();
});

test("/docs says what an operation answers without credentials", async () => {
  const { page, elsewhere, close } = await open(browser, origin, "/docs");
  const { status, body } = await execute(page, "core", "get_current_user_me_get", {});
  assert.equal(status, 401);
  assert.equal(body.detail, "Authentication credentials required");
  assert.deepEqual(elsewhere, []);
  await close();
});

test("every operation is on /redoc, and can be found there", async () => {
  const document = await (await fetch(`http://127.0.0.1:${server.port}/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  assert.ok(operations.length >= 18, `there are ${operations.length}`);

  const { page, elsewhere, complaints, close } = await open(browser, origin, "/redoc");
  assert.equal(await page.title(), "Flyte Webhook: flyte-webhook - ReDoc");
  for (const { tags, operationId, summary } of operations) {
    const section = page.locator(`[id="tag/${tags[0]}/operation/${operationId}"]`);
    await section.scrollIntoViewIfNeeded();
    const heading = await section.locator("h2").first().innerText();
    assert.equal(heading.trim(), summary);
  }
  await screenshot(page, "redoc-operations");

  // The index is searched in a worker, which the policy has to let in.
  await page.locator("[role=search] input").pressSequentially("abort");
  const found = page.locator("[data-role='search:results'] [role=menuitem]");
  await found.first().waitFor();
  assert.match(await found.first().innerText(), /Asks for a run to end/);
  await screenshot(page, "redoc-search");

  assert.deepEqual({ elsewhere, complaints }, { elsewhere: [], complaints: [] });
  await close();
});

/** Tries an operation out on /docs; gives status and body of the answer. */
async function execute(page, tag, operation, parameters) {
  const block = page.locator(`[id="operations-${tag}-${operation}"]`);
  await block.locator(".opblock-summary").click();
  await block.locator(".try-out__btn").click();
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await block.locator(".btn.execute").click();
  const answer = block.locator(".live-responses-table tbody tr.response").first();
  await answer.scrollIntoViewIfNeeded();
  const status = await answer.locator(".response-col_status").innerText();
  const body = await answer.locator(".highlight-code code, .highlight-code pre").first().innerText();
  return { status: Number.parseInt(status, 10), body: JSON.parse(body) };
}
