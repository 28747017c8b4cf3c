//! The rules for a text's variables: how they are numbered or named, how many words they need, what stands for them in
//! the examples. Called by `words` and `buttons`.

use super::super::definition::{Definition, Given};
use super::super::kind::ParameterFormat;
use super::super::pattern::Pattern;
use super::{Checked, EXAMPLE, TOO_MANY_VARIABLES, refuse};

/// Numbered from 1 without gaps, or named in lower case; and the examples of that text, where there are any, fit.
pub(super) fn check_variables(field: &str, text: &Pattern, definition: &Definition, subcode: u32) -> Checked {
    let variables = text.variables();
    if let Some(bad) = variables.iter().find(|v| v.contains(['#', '$', '%'])) {
        return refuse(field, Some(subcode), format!("{{{{{bad}}}}} must not hold #, $ or %"));
    }
    match definition.parameter_format {
        ParameterFormat::Positional => {
            for expected in 1..=variables.len() {
                if !variables.iter().any(|v| *v == expected.to_string()) {
                    let message = format!(
                        "variables must be numbered from {{{{1}}}} without gaps: {{{{{expected}}}}} is missing \
                         (for names, set parameter_format to NAMED)"
                    );
                    return refuse(field, Some(subcode), message);
                }
            }
        }
        ParameterFormat::Named => {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let starts = |v: &str| v.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
            if let Some(bad) = variables.iter().find(|v| !starts(v) || !v.chars().all(fine)) {
                let message = format!(
                    "{{{{{bad}}}}} is not a name: lower-case letters, digits and underscores, beginning with a letter"
                );
                return refuse(field, Some(subcode), message);
            }
        }
    }
    check_sample(field, variables, definition)
}

/// One variable needs one word beside it, n need n + 1. The network's own number is not published (people report
/// 2n + 1); published templates go down to this one.
pub(super) fn check_ratio(field: &str, text: &Pattern) -> Checked {
    let variables = text.variables().len();
    let beside = text.fill(|_| Some(" "));
    let words = beside.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    // Languages that are written without blanks have few words and enough characters.
    let letters = beside.chars().filter(|c| c.is_alphanumeric()).count();
    let needed = if variables > 1 { variables + 1 } else { variables };
    if words >= needed || letters >= 8 * needed {
        return Ok(());
    }
    let message =
        format!("has {variables} variables and {words} words beside them; at least {needed} are needed");
    refuse(field, Some(TOO_MANY_VARIABLES), message)
}

/// One example value for each variable. None at all is taken, although the documents demand them: published definitions
/// go without.
pub(super) fn check_sample(field: &str, variables: &[String], definition: &Definition) -> Checked {
    let Some(sample) = definition.samples.iter().find(|sample| sample.field == field) else { return Ok(()) };
    if variables.is_empty() {
        return Ok(());
    }
    let wrong = |message: String| refuse(field, Some(EXAMPLE), message);
    let values: Vec<&str> = match &sample.given {
        Given::Positional(values) => values.iter().map(String::as_str).collect(),
        Given::Named(pairs) => {
            if let Some(missing) = variables.iter().find(|v| !pairs.iter().any(|(name, _)| name == *v)) {
                return wrong(format!("the example has no value for {{{{{missing}}}}}"));
            }
            pairs.iter().map(|(_, value)| value.as_str()).collect()
        }
    };
    if values.len() != variables.len() {
        let (given, wanted) = (values.len(), variables.len());
        return wrong(format!("the example has {given} values for {wanted} variables"));
    }
    if values.iter().any(|value| value.trim().is_empty()) {
        return wrong("an example value must not be empty".to_owned());
    }
    Ok(())
}
