// whatsapp-api-js, a client library for Meta's Graph API, against a Stentor that it takes for graph.facebook.com.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { WhatsAppAPI } from "whatsapp-api-js";
import {
  ActionButtons, ActionList, Body, BodyComponent, BodyParameter, Button, HeaderComponent, HeaderParameter, Image,
  Interactive, ListSection, PayloadComponent, Row, Template, Text, URLComponent,
} from "whatsapp-api-js/messages";

import { startReceiver, startTwin } from "./twin.js";

const READER = { phone: "441234567890" };
let twin, receiver, client, phone, heard;

before(async () => {
  [twin, receiver] = await Promise.all([startTwin(), startReceiver()]);
  await twin.customer("POST", "/v1/configs/webhook", { url: receiver.url });
  phone = twin.phone_number_id;
  const elsewhere = (url, options) => fetch(String(url).replace(/^https:\/\/(graph\.facebook|lookaside\.fbsbx)\.com/, twin.url), options);
  client = new WhatsAppAPI({ token: twin.api_key, appSecret: twin.webhook_secret, v: "v24.0", ponyfill: { fetch: elsewhere } });
  heard = [];
  client.on.status = (status) => { heard.push(status); };
  client.on.message = (message) => { heard.push(message); };
});

after(async () => {
  receiver.stop();
  await twin.stop();
});

/** Feeds webhooks to the library until `wanted` comes out of it. */
async function hears(wanted) {
  for (;;) {
    const found = heard.find(wanted);
    if (found) return found;
    const { body, signature } = await receiver.next();
    await client.post(JSON.parse(body), body, signature);
  }
}

const said = (sent, status) => (heard) => heard.id === sent.messages?.[0].id && heard.status === status;

test("a template with a header, a link and two replies is read", async () => {
  const template = new Template(
    "marketing_image_buttons", "en",
    new HeaderComponent(new HeaderParameter(new Image("https://shop.example.com/lamp.jpg"))),
    new BodyComponent(new BodyParameter("Ada"), new BodyParameter("lamp")),
    new URLComponent("lamp"), new PayloadComponent("later"), new PayloadComponent("stop"),
  );
  const sent = await client.sendMessage(phone, READER, template, undefined, "campaign-7");
  assert.equal(sent.messages[0].message_status, "accepted");
  const read = await hears(said(sent, "read"));
  assert.equal(read.biz_opaque_callback_data, "campaign-7");
  assert.equal(read.contact.wa_id, READER.phone);
});

test("a person is answered with buttons and a list inside the window", async () => {
  await twin.admin("POST", `/sim/phones/${READER.phone}/say`, { text: "Grüße 👋" });
  const asked = await hears((heard) => heard.message?.text?.body === "Grüße 👋");
  assert.deepEqual(await asked.received(), { success: true });
  const buttons = new ActionButtons(new Button("yes", "Yes"), new Button("no", "No"));
  const sent = await asked.reply(new Interactive(buttons, new Body("Shall we?")), true);
  await hears(said(sent, "delivered"));
  await twin.admin("POST", `/sim/phones/${READER.phone}/press`, { button: 0 });
  const pressed = await hears((heard) => heard.message?.interactive?.type === "button_reply");
  assert.equal(pressed.message.interactive.button_reply.id, "yes");
  assert.equal(pressed.message.context.id, sent.messages[0].id);
  const list = new ActionList("Colours", new ListSection("All", new Row("red", "Red"), new Row("blue", "Blue")));
  const listed = await client.sendMessage(phone, READER, new Interactive(list, new Body("Which?")));
  await hears(said(listed, "delivered"));
  await twin.admin("POST", `/sim/phones/${READER.phone}/press`, { button: 1 });
  const chosen = await hears((heard) => heard.message?.interactive?.type === "list_reply");
  assert.equal(chosen.message.interactive.list_reply.id, "blue");
});

test("media goes up, is sent, and comes down", async () => {
  const bytes = Buffer.from("%PDF-1.4\n%%EOF\n");
  const form = new FormData();
  form.set("file", new File([bytes], "page.pdf", { type: "application/pdf" }));
  const { id } = await client.uploadMedia(phone, form);
  const media = await client.retrieveMedia(id);
  assert.equal(media.mime_type, "application/pdf");
  const answer = await client.fetchMedia(media.url);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  assert.deepEqual(await client.deleteMedia(id), { success: true });
});

test("somebody is blocked and unblocked", async () => {
  await twin.admin("POST", `/sim/phones/${READER.phone}/say`, { text: "spam" });
  await hears((heard) => heard.message?.text?.body === "spam");
  const blocked = await client.blockUser(phone, READER);
  assert.equal(blocked.block_users.added_users[0].wa_id, READER.phone);
  const unblocked = await client.unblockUser(phone, READER);
  assert.equal(unblocked.block_users.removed_users[0].wa_id, READER.phone);
});

test("errors come as the library expects them", async () => {
  const refused = await client.sendMessage(phone, READER, new Template("no_such_template", "en"));
  assert.equal(refused.error.code, 132001);
  const stranger = await client.sendMessage("1", READER, new Text("Hello?"));
  assert.equal(stranger.error.code, 100);
});
