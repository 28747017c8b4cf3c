//! What became of one row, and whether a refusal is one that is written down (`xtask/refusals.txt`) with its reason.
//! Called by `run`; no I/O.

use serde_json::Value;

use crate::http::Answer;

/// A row's fate.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answered as the row expects.
    Accepted,
    /// Refused, as it must be: the reason written down.
    Documented(String),
    /// Refused, and nobody knows why: the answer in short.
    Refused(String),
}

impl Verdict {
    /// The same, unless the row expects something else: a refusal, or fields that the answer lacks.
    pub fn held_against(self, expect: &Value, answer: &Answer) -> Self {
        let must_fail = expect["result"].as_str().is_some_and(|result| result != "accept");
        match self {
            Self::Accepted if must_fail => Self::Refused(format!("accepted, expected is {expect}")),
            Self::Refused(_) if must_fail => Self::Accepted,
            Self::Accepted => {
                let fields = expect["read"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let lacking = |path: &&str| at(&answer.body, path).is_none_or(Value::is_null);
                match fields.into_iter().find(lacking) {
                    Some(path) => Self::Refused(format!("the answer has no {path}: {}", answer.body)),
                    None => Self::Accepted,
                }
            }
            other => other,
        }
    }
}

/// The value at a path such as `messages[0].id`.
fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    let pointer = path.replace('[', "/").replace([']'], "").replace('.', "/");
    body.pointer(&format!("/{pointer}"))
}

/// What the marketing endpoint must answer to anything that is no template.
pub fn no_template(answer: &Answer) -> Verdict {
    let short = short(answer);
    if short == "400 100 Message must be a template message." {
        Verdict::Accepted
    } else {
        Verdict::Refused(short)
    }
}

/// Refusals with a reason. Of each line: part of the row's source or name, `|`, part of the answer, `|`, the reason.
pub struct Refusals(Vec<(String, String, String)>);

impl Refusals {
    /// Reads `xtask/refusals.txt`; lines that begin with `#` are comments.
    pub fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let rows = lines.filter_map(|line| {
            let mut parts = line.splitn(3, '|').map(|part| part.trim().to_owned());
            Some((parts.next()?, parts.next()?, parts.next()?))
        });
        Self(rows.collect())
    }

    /// The verdict on an answer to the row of this name and source.
    pub fn judge(&self, row: &str, answer: &Answer) -> Verdict {
        if answer.is_success() {
            return Verdict::Accepted;
        }
        let short = short(answer);
        let known =
            self.0.iter().find(|(of, said, _)| row.contains(of.as_str()) && short.contains(said.as_str()));
        known.map_or_else(|| Verdict::Refused(short.clone()), |(_, _, why)| Verdict::Documented(why.clone()))
    }
}

/// Status, code and details, whichever of the API's shapes the answer has.
fn short(answer: &Answer) -> String {
    let body = &answer.body;
    let error = if body["error"].is_object() { &body["error"] } else { body };
    let details = &error["error_data"]["details"];
    let said = [details, &body["meta"]["developer_message"], &error["error_user_msg"], &error["message"]];
    let said = said.into_iter().chain([&error["error"], error]).find(|value| !value.is_null());
    let said = said.unwrap_or(&Value::Null);
    let said = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    format!("{} {} {said}", answer.status, error["code"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_is_documented_by_row_and_answer() {
        let refusals = Refusals::read("# comment\nlib/x README | button | the button's text is too long\n");
        let refused = |details: &str| Answer {
            status: 400,
            body: json!({"error": {"code": 100, "message": "m", "error_data": {"details": details}}}),
        };
        let accepted = Answer { status: 201, body: json!({}) };
        assert_eq!(refusals.judge("lib/x README.md", &accepted), Verdict::Accepted);
        assert_eq!(
            refusals.judge("lib/x README.md", &refused("components[1]: button")),
            Verdict::Documented("the button's text is too long".into())
        );
        assert_eq!(
            refusals.judge("lib/y README.md", &refused("components[1]: button")),
            Verdict::Refused("400 100 components[1]: button".into())
        );
    }

    #[test]
    fn an_answer_is_held_against_what_the_row_expects() {
        let answer = Answer { status: 200, body: json!({"messages": [{"id": "wamid.1"}]}) };
        let judge = |expect: Value, verdict: Verdict| verdict.held_against(&expect, &answer);
        let reads = |path: &str| json!({"result": "accept", "read": [path]});
        assert_eq!(judge(reads("messages[0].id"), Verdict::Accepted), Verdict::Accepted);
        assert!(matches!(judge(reads("success"), Verdict::Accepted), Verdict::Refused(_)));
        assert!(matches!(judge(json!({"result": "refuse"}), Verdict::Accepted), Verdict::Refused(_)));
        let refused = Verdict::Refused("400".into());
        assert_eq!(judge(json!({"result": "refuse"}), refused), Verdict::Accepted);
    }

    #[test]
    fn each_shape_of_error_is_shortened() {
        let check = |body: Value, expect: &str| assert_eq!(short(&Answer { status: 400, body }), expect);
        check(json!({"meta": {"developer_message": "no name"}}), "400 null no name");
        check(json!({"error": "Invalid api token."}), "400 null Invalid api token.");
        check(json!({"error": {"code": 1, "message": "m"}}), "400 1 m");
    }
}
