// Shows what the server says, as text alone: nothing here makes markup of it.
"use strict";

const PAUSE = 1000;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(...cells) {
  const made = element("tr");
  for (const cell of cells) {
    made.append(cell instanceof Node ? cell : element("td", cell));
  }
  return made;
}

function fill(id, rows) {
  document.querySelector(`#${id} tbody`).replaceChildren(...rows);
}

async function ask(path, options) {
  const answer = await fetch(path, { ...options, credentials: "same-origin" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || `answered ${answer.status}`);
  return body;
}

function lines(texts) {
  const cell = element("td");
  for (const text of texts) cell.append(element("div", text));
  return cell;
}

function showStatus(status) {
  fill("hooks", status.hooks.map((hook) => row(
    hook.name,
    hook.source,
    lines(hook.urls.map((url) => new URL(url, location.origin).href)),
    `${hook.secrets} present`,
    hook.ack,
    lines(hook.rules.map((rule) => rule.task)),
  )));
  const inbox = status.inbox;
  document.getElementById("kept").hidden = !inbox;
  document.getElementById("inbox").textContent = inbox
    ? `Inbox: ${inbox.pending} pending, ${inbox.dead} dead letters, ${inbox.bytes} of ${inbox.max_bytes} bytes`
    : "There is no inbox.";
  return Boolean(inbox);
}

function showEvents({ events }) {
  fill("events", events.map((event) => row(
    event.at,
    event.hook,
    event.event,
    event.delivery_id,
    element("td", event.outcome, event.outcome),
    event.reason,
  )));
}

function button(text, action) {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", () => action().catch(complain));
  return made;
}

async function replay(id) {
  await ask(`/api/deliveries/${id}/replay`, { method: "POST" });
  await refresh();
}

// What became of a delivery, step by step, in words.
function explanation(delivery) {
  const { event = {}, secret, signed_at: signedAt, rules = [] } = delivery.explanation || {};
  const known = Object.entries(event).filter(([, value]) => value !== null);
  const told = (what) => (what ? ` (${what})` : "");
  return [
    `Delivery ${delivery.id} to ${delivery.hook} came at ${delivery.received_at}.`,
    `The signature is that of secret ${secret}; ${signedAt ? `it was made at ${signedAt}` : "it covers no time"}.`,
    `The event: ${known.map(([name, value]) => `${name} ${value}`).join(", ")}.`,
    ...rules.map((rule) => `Rule ${rule.rule} starts ${rule.task}: ${rule.outcome}${told(rule.reason)}.`),
    ...(delivery.reason ? [`It starts nothing: ${delivery.reason}.`] : []),
    ...delivery.launches.map((launch) => {
      const run = launch.run ? ` as run ${launch.run}` : "";
      return `${launch.task} with key ${launch.key} is ${launch.state}${run} after ${launch.attempts} attempts${told(launch.reason)}.`;
    }),
    `Its body is ${delivery.has_payload ? "kept, and not shown" : "not kept"}.`,
  ];
}

async function explain(id) {
  const delivery = await ask(`/api/deliveries/${id}`);
  const steps = explanation(delivery).map((step) => element("li", step));
  document.getElementById("explanation").replaceChildren(...steps);
  document.getElementById("record").textContent = JSON.stringify(delivery, null, 2);
  const section = document.getElementById("explained");
  section.hidden = false;
  section.scrollIntoView();
}

function launches(delivery) {
  const cell = element("td");
  if (delivery.reason) cell.append(element("div", delivery.reason));
  for (const launch of delivery.launches) {
    const text = [launch.state, launch.task, launch.run, launch.reason].filter(Boolean).join(" ");
    cell.append(element("div", text, launch.state));
  }
  return cell;
}

function showDeliveries({ deliveries }) {
  fill("deliveries", deliveries.map((delivery) => {
    const actions = element("td");
    if (delivery.launches.length) actions.append(button("Replay", () => replay(delivery.id)));
    actions.append(button("Explain", () => explain(delivery.id)));
    const event = delivery.explanation && delivery.explanation.event;
    return row(
      String(delivery.id),
      delivery.received_at,
      delivery.hook,
      event ? event.qualified_type : "",
      launches(delivery),
      actions,
    );
  }));
}

// Only what has changed is written anew, so that a click never misses its button.
function changed(name, value) {
  const text = name + JSON.stringify(value);
  const was = changed.last[name];
  changed.last[name] = text;
  return was !== text;
}
changed.last = {};

async function refresh() {
  const status = await ask("/api/status");
  if (changed("status", status)) showStatus(status);
  const events = await ask("/api/events");
  if (changed("events", events)) showEvents(events);
  if (status.inbox) {
    const deliveries = await ask("/api/deliveries");
    if (changed("deliveries", deliveries)) showDeliveries(deliveries);
  }
  document.getElementById("trouble").hidden = true;
}

function complain(error) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = `The server does not answer as it should: ${error.message}`;
  trouble.hidden = false;
}

async function go() {
  await refresh().catch(complain);
  setTimeout(go, PAUSE);
}

go();
