//! `eval`: the model and the planner over files and in a simulated world. All of it is `stentor-eval`'s; here it meets the
//! clock and the screen.

use stentor_eval::EvalArgs;

use super::exit::{Done, Stop};
use super::print;
use crate::clock::instant;

/// Runs `eval`. Reads only, but for the plot; Ctrl-C ends it at once.
///
/// # Errors
/// As every command: exit code and line.
pub fn run(args: &EvalArgs) -> Done {
    let began = instant();
    let text = stentor_eval::run(args, &|| began.elapsed()).map_err(Stop::failed)?;
    print::line(text.trim_end())
}
