//! `send`: one message through the customer API, as a customer would.

use serde_json::{Value, json};

use super::args::{SendArgs, SendEndpoint};
use super::client::{Server, refusal};
use super::exit::{Done, Exit, Stop};
use super::json::text;
use super::print;

/// Runs `send`.
///
/// # Errors
/// As every command: exit code and line; what the API refuses is [`Exit::Refused`] with its own words.
pub async fn run(args: SendArgs) -> Done {
    let body = match &args.file {
        Some(file) => super::template::read_file(file)?,
        None => body(&args)?.to_string(),
    };
    let server = Server::find(&args.client)?;
    let Some(key) = args.api_key.as_deref().or(server.api_key.as_deref()) else {
        let line = "the channel's API key is missing: give it with --api-key or STENTOR_API_KEY";
        return Err(Stop::new(Exit::Usage, line));
    };
    let is_free = args.text.is_some() || args.kind.is_some();
    let path = match args.endpoint {
        SendEndpoint::Marketing if !is_free => "/marketing_messages",
        _ => "/messages",
    };
    let (answer, said) = server.customer(path, key, body).await?;
    if args.client.json {
        print::json(&said)?;
    }
    if let Some(stop) = refusal(answer.status, &said) {
        return Err(stop);
    }
    for warning in answer.headers.get_all("x-stentor-warning").iter().filter_map(|w| w.to_str().ok()) {
        print::aside(format!("warning: {warning}"));
    }
    if args.client.json { Ok(()) } else { print::line(text(&said["messages"][0]["id"])) }
}

/// The request's body, as the flags say it.
fn body(args: &SendArgs) -> Result<Value, Stop> {
    let to = args.to.as_deref().unwrap_or_default();
    let mut body = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": to});
    if let (Some(kind), Some(object)) = (&args.kind, &args.object) {
        let object: Value = serde_json::from_str(object)
            .map_err(|error| Stop::new(Exit::Usage, format!("--object is no JSON: {error}")))?;
        body["type"] = kind.as_str().into();
        body[kind.as_str()] = object;
        return Ok(finished(body, args));
    }
    match (&args.text, &args.template) {
        (Some(text), _) => {
            body["type"] = "text".into();
            body["text"] = json!({"body": text});
        }
        (None, Some(name)) => {
            body["type"] = "template".into();
            body["template"] =
                json!({"name": name, "language": {"policy": "deterministic", "code": args.language}});
            if !args.params.is_empty() {
                let parameters: Vec<Value> = args.params.iter().map(|p| parameter(p, &args.params)).collect();
                body["template"]["components"] = json!([{"type": "body", "parameters": parameters}]);
            }
        }
        (None, None) => {
            return Err(Stop::new(
                Exit::Usage,
                "what to send is missing: give --template NAME, --text TEXT, --type TYPE with --object, or --file FILE",
            ));
        }
    }
    Ok(finished(body, args))
}

/// With what any type can have.
fn finished(mut body: Value, args: &SendArgs) -> Value {
    if let Some(sharing) = args.sharing {
        body["message_activity_sharing"] = sharing.into();
    }
    if let Some(wamid) = &args.reply_to {
        body["context"] = json!({"message_id": wamid});
    }
    body
}

/// A body parameter; named when all of them look so.
fn parameter(given: &str, all: &[String]) -> Value {
    let named = |p: &str| {
        let (name, value) = p.split_once('=')?;
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        is_name.then(|| (name.to_owned(), value.to_owned()))
    };
    match named(given).filter(|_| all.iter().all(|p| named(p).is_some())) {
        Some((name, value)) => json!({"type": "text", "parameter_name": name, "text": value}),
        None => json!({"type": "text", "text": given}),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::{Cli, Command, OtherCommand};

    fn built(flags: &[&str]) -> Result<Value, Exit> {
        let parsed = Cli::parse_from([&["stentor", "send", "--to", "44"], flags].concat()).command;
        let Command::Other(OtherCommand::Send(args)) = parsed else {
            unreachable!("`send` is what was parsed")
        };
        body(&args).map_err(|stop| stop.exit)
    }

    #[test]
    fn flags_become_the_body_a_customer_would_write() {
        assert_eq!(
            built(&["--template", "a", "--param", "Ann", "--param", "x=1", "--sharing", "false"]),
            Ok(json!({
                "messaging_product": "whatsapp", "recipient_type": "individual", "to": "44", "type": "template",
                "template": {
                    "name": "a", "language": {"policy": "deterministic", "code": "en"},
                    "components": [{"type": "body", "parameters": [
                        {"type": "text", "text": "Ann"}, {"type": "text", "text": "x=1"},
                    ]}],
                },
                "message_activity_sharing": false,
            }))
        );
        let named = built(&["--template", "a", "--param", "first_name=Ann"]).expect("a body");
        let parameters = &named["template"]["components"][0]["parameters"];
        assert_eq!(parameters, &json!([{"type": "text", "parameter_name": "first_name", "text": "Ann"}]));
        assert_eq!(built(&["--text", "hi"]).expect("a body")["text"], json!({"body": "hi"}));
        let image = built(&["--type", "image", "--object", r#"{"id": "7"}"#, "--reply-to", "wamid.1"]);
        let image = image.expect("a body");
        assert_eq!((&image["type"], &image["image"]["id"]), (&json!("image"), &json!("7")));
        assert_eq!(image["context"]["message_id"], "wamid.1");
        assert_eq!(built(&["--type", "image", "--object", "{"]), Err(Exit::Usage));
        assert_eq!(built(&[]), Err(Exit::Usage));
    }
}
