import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { Shop } from "./shop.js";
import { startTwin } from "./twin.js";

const READS_EVERYTHING = "441234567890";
const NOT_ON_WHATSAPP = "447700900021";
const NEVER_ONLINE = "447700900014";

let twin, shop;

const patience = 60_000;

beforeAll(async () => {
  twin = await startTwin();
  shop = new Shop(twin.url, twin.api_key);
}, patience);
beforeEach(() => twin.reset(), patience);
afterAll(() => twin.stop(), patience);

test("a customer reads of the sale", { timeout: patience }, async () => {
  const message = await shop.announce(READS_EVERYTHING);
  expect((await twin.wait(message, "read")).state).toBe("read");
  const [newest] = await twin.phone(READS_EVERYTHING);
  expect(newest.body).toMatch(/^Our summer sale starts today/);
});

test("a number that is not on WhatsApp fails with its reason", { timeout: patience }, async () => {
  const message = await shop.announce(NOT_ON_WHATSAPP);
  expect((await twin.wait(message, "failed")).code).toBe(131026);
});

test("a phone that stays off for a month gets nothing", { timeout: patience }, async () => {
  const message = await shop.announce(NEVER_ONLINE);
  await twin.advance("31d");
  expect((await twin.wait(message, "expired")).state).toBe("expired");
});
