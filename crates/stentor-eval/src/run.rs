//! The commands of `stentor eval`, from arguments to text.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::EvalError;
use crate::args::{EvalArgs, EvalCommand, PolicyArgs, UpliftArgs};
use crate::policy::{self, About, Budget, Laws};
use crate::{alarms, file, speed, uplift};

/// Does what the arguments say; answers the text to print. `clock`: time since some fixed moment, for `speed`.
///
/// # Errors
/// [`EvalError`], with the file, the line and what to do.
pub fn run(args: &EvalArgs, clock: &dyn Fn() -> Duration) -> Result<String, EvalError> {
    match (&args.what, &args.file) {
        (Some(EvalCommand::Policy(args)), _) => policies(args),
        (Some(EvalCommand::Lift(args)), _) => {
            let found = alarms::alarms(args.seed, args.runs, args.observations);
            Ok(text(args.json, || found.json(), || found.table()))
        }
        (Some(EvalCommand::Speed(args)), _) => {
            let found = speed::measure(clock, args.rounds, args.messages as usize);
            Ok(text(args.json, || found.json(), || found.table()))
        }
        (Some(EvalCommand::Uplift(args)), _) => uplifts(args),
        (None, Some(path)) => {
            let data = file::read(path, &args.mapping, args.companion.as_deref())?;
            let report = file::judge(path, &data);
            if let Some(plot) = &args.telling.plot {
                write(plot, &report.plot()?)?;
            }
            Ok(text(args.telling.json, || report.json(), || report.table()))
        }
        // The command line does not let this through.
        (None, None) => Ok(String::new()),
    }
}

fn policies(args: &PolicyArgs) -> Result<String, EvalError> {
    let people = args.people as usize;
    let compare = |laws| Budget::ALL.map(|budget| policy::compare(&args.seeds, people, laws, budget));
    let (given, flat) = (compare(Laws::GIVEN), compare(Laws::FLAT));
    if let Some(path) = &args.telling.plot {
        write(path, &policy::plot(&given)?)?;
    }
    let about = About { people, seeds: &args.seeds };
    let json = || policy::json(about, &given, &flat);
    Ok(text(args.telling.json, json, || policy::table(about, &given, &flat)))
}

fn uplifts(args: &UpliftArgs) -> Result<String, EvalError> {
    let found = uplift::evaluate(&args.file, &args.mapping, &args.arm, &args.control)?;
    Ok(text(args.json, || found.json(), || found.table()))
}

fn text(is_json: bool, json: impl FnOnce() -> Value, table: impl FnOnce() -> String) -> String {
    if is_json { format!("{:#}\n", json()) } else { table() }
}

fn write(path: &Path, svg: &str) -> Result<(), EvalError> {
    std::fs::write(path, svg).map_err(|error| EvalError::Plot(format!("{}: {error}", path.display())))
}
