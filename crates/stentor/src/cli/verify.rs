//! `verify`: the invariants of a data folder or a backup, one line a check.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use stentor_store::{Checked, DATABASE, Verifier};

use super::args::VerifyArgs;
use super::exit::{Done, Stop};
use super::{print, work};
use crate::backup::{Watch, check_contents};
use crate::clock::instant;

/// Runs `verify`. Reads only: Ctrl-C ends it at once.
///
/// # Errors
/// As every command: exit code and line; [`super::exit::Exit::Failed`] when something is wrong.
pub async fn run(args: VerifyArgs) -> Done {
    let dir = work::data_dir(args.dir)?;
    let verifier = Verifier::open(&dir.join(DATABASE)).map_err(Stop::failed)?;
    let (began, mut violations, mut shown) = (instant(), 0, Vec::new());
    let names = Verifier::names().chain(std::iter::once(MEDIA));
    for name in names {
        let begun = instant();
        let checked = if name == MEDIA { media(&dir, &verifier)? } else { check(&verifier, name)? };
        violations += checked.violations;
        if args.json {
            shown.push(told(name, &checked, begun.elapsed()));
        } else {
            draw(name, &checked, begun.elapsed())?;
        }
    }
    let took = began.elapsed();
    if args.json {
        let sound = violations == 0;
        print::json(
            &json!({"dir": dir, "sound": sound, "violations": violations, "took_ms": ms(took), "checks": shown}),
        )?;
    } else if violations == 0 {
        print::line(format!("{} is sound ({:.1} s)", dir.display(), took.as_secs_f64()))?;
    }
    match violations {
        0 => Ok(()),
        n => Err(Stop::failed(format!("{}: {n} violations: restore a backup", dir.display()))),
    }
}

const MEDIA: &str = "contents of media";

fn check(verifier: &Verifier, name: &str) -> Result<Checked, Stop> {
    verifier.run(name).or_else(|error| {
        // What cannot even be read is the worst violation; the other checks still say what they find.
        let mut checked = Checked::default();
        checked.violated(|| error.to_string());
        Ok(checked)
    })
}

fn media(dir: &Path, verifier: &Verifier) -> Result<Checked, Stop> {
    let named = verifier.contents().map_err(Stop::failed)?;
    let is_wanted = |sha256: &[u8; 32]| {
        let now = Verifier::open(&dir.join(DATABASE)).and_then(|now| now.contents());
        now.map_or(true, |named| named.iter().any(|content| content.sha256 == *sha256))
    };
    let watch = Watch { is_stopped: &|| false, progress: &|_, _, _| {} };
    check_contents(dir, &named, &is_wanted, &watch).map_err(Stop::failed)
}

fn draw(name: &str, checked: &Checked, took: Duration) -> Done {
    let verdict =
        if checked.violations == 0 { "ok".to_owned() } else { format!("{} WRONG", checked.violations) };
    print::line(format!("{name:<56} {:>10} {:>7.1} s  {verdict}", checked.looked_at, took.as_secs_f64()))?;
    for example in &checked.examples {
        print::line(format!("  {example}"))?;
    }
    let more = checked.violations.saturating_sub(checked.examples.len() as u64);
    if more > 0 { print::line(format!("  and {more} more")) } else { Ok(()) }
}

fn told(name: &str, checked: &Checked, took: Duration) -> Value {
    let Checked { looked_at, violations, examples } = checked;
    json!({"name": name, "looked_at": looked_at, "violations": violations, "examples": examples, "took_ms": ms(took)})
}

fn ms(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
