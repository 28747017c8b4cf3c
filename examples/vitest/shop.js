// The code under test: a shop that tells its customers of a sale.

export class Shop {
  constructor(url, key) {
    Object.assign(this, { url, key });
  }

  /** Sends the sale's template; the message's id. */
  async announce(to) {
    const answer = await fetch(`${this.url}/marketing_messages`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "D360-API-KEY": this.key },
      body: JSON.stringify({
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to,
        type: "template",
        template: { name: "marketing_text_no_param", language: { policy: "deterministic", code: "en" } },
      }),
    });
    const { messages, error } = await answer.json();
    if (error) throw new Error(error.message);
    return messages[0].id;
  }
}
