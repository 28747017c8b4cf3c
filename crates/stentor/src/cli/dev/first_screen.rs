//! The first screen of `dev`: what a new user needs to send, see and break something, every command ready to paste.

use std::fmt::Write as _;

/// What the first screen tells.
#[derive(Clone, Debug)]
pub struct FirstScreen<'a> {
    /// Base URL.
    pub url: &'a str,
    /// The channel's key.
    pub api_key: &'a str,
    /// Signs webhooks.
    pub webhook_secret: &'a str,
    /// The data folder, with a remark when it is temporary.
    pub data: &'a str,
    /// How the program was started, so that printed commands work as printed.
    pub program: &'a str,
    /// Flags that make client commands find this server, if the default does not.
    pub finds: &'a str,
    /// `--cacert FILE ` for curl, with TLS.
    pub cacert: &'a str,
    /// The seeded channel.
    pub channel: i64,
}

/// The screen's text: at most 20 lines.
#[must_use]
pub fn first_screen(s: &FirstScreen<'_>) -> String {
    let FirstScreen { url, api_key, program, finds, .. } = s;
    let curl = |sharing: &str| {
        format!(
            "curl {}--location '{url}/marketing_messages' --header 'Content-Type: application/json' --header 'D360-API-KEY: {api_key}' \
             --data '{{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"441234567890\",\"type\":\"template\",\
             \"template\":{{\"name\":\"marketing_text_no_param\",\"language\":{{\"policy\":\"deterministic\",\"code\":\"en\"}}}}{sharing}}}'",
            s.cacert
        )
    };
    let mut text = String::new();
    let mut line = |l: &str| {
        let _ = writeln!(text, "{l}");
    };
    line(&format!(
        "Stentor {} - the WhatsApp network is simulated: nothing leaves this machine.",
        env!("CARGO_PKG_VERSION")
    ));
    line(&format!("  URL         {url}"));
    line(&format!("  API key     {api_key}"));
    line(&format!("  Data        {}", s.data));
    line("Send a marketing message:");
    line(&format!("  {}", curl("")));
    line("The same, sharing its activity:");
    line(&format!("  {}", curl(",\"message_activity_sharing\":true")));
    line("Then:");
    line(&format!("  see the phone        {program} phone 441234567890 --follow{finds}"));
    line(&format!(
        "  get webhooks         {program} webhook listen{finds}   (signed with {})",
        s.webhook_secret
    ));
    line(&format!("  magic recipients     {program} network recipients"));
    line(&format!(
        "  rehearse faults      {program} network profile storm{finds}   (calm, busy, lossy, storm, throttled, down)"
    ));
    line(&format!("  move the time        {program} network advance 8d{finds}"));
    line(&format!("  see the templates    {program} template list{finds}"));
    line(&format!("  follow a message     {program} messages list{finds}"));
    line(
        "/messages does not reroute marketing templates: there they go the classic way (priced `marketing`). To switch:",
    );
    line(&format!("  {program} channel set {} automatic_routing=true{finds}", s.channel));
    line("Ctrl-C stops. The same key and secret work again after the next start.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_screen() {
        let text = first_screen(&FirstScreen {
            url: "http://127.0.0.1:8360",
            api_key: "KEY",
            webhook_secret: "SECRET",
            data: "DIR",
            program: "stentor",
            finds: "",
            cacert: "",
            channel: 2,
        });
        assert!(text.lines().count() <= 20, "{} lines", text.lines().count());
        insta::assert_snapshot!(text);
    }
}
