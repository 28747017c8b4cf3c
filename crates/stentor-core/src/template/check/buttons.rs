//! The rules for buttons: how many of which kind, in what order, and what each kind needs. Called by `check`.

use super::super::definition::{Button, Definition, Given, OtpKind};
use super::super::kind::{ButtonKind, Category};
use super::variables::check_sample;
use super::{
    BUTTONS_MAX, COUPON_CHARS_MAX, Checked, LABEL_CHARS_MAX, PHONE_CHARS_MAX, URL_CHARS_MAX, at_most, refuse,
};

pub(super) fn check_buttons(field: &str, buttons: &[Button], definition: &Definition) -> Checked {
    if buttons.len() > BUTTONS_MAX {
        return refuse(field, None, format!("at most {BUTTONS_MAX} buttons, not {}", buttons.len()));
    }
    for kind in ButtonKind::ALL {
        let max = match kind {
            ButtonKind::QuickReply => BUTTONS_MAX,
            ButtonKind::Url => 2,
            _ => 1,
        };
        let count = buttons.iter().filter(|button| button.kind == *kind).count();
        if count > max {
            return refuse(field, None, format!("at most {max} {kind} button(s), not {count}"));
        }
    }
    let replies = |button: &Button| button.kind == ButtonKind::QuickReply;
    let runs = buttons.chunk_by(|a, b| replies(a) == replies(b)).filter(|run| replies(&run[0])).count();
    if runs > 1 {
        return refuse(field, None, "quick replies must stand together, before or after the other buttons");
    }
    buttons
        .iter()
        .enumerate()
        .try_for_each(|(i, button)| check_button(&format!("{field}[{i}]"), button, definition))
}

fn check_button(field: &str, button: &Button, definition: &Definition) -> Checked {
    at_most(&format!("{field}.text"), &button.text, LABEL_CHARS_MAX)?;
    let labelled_by_the_phone = matches!(
        button.kind,
        ButtonKind::CopyCode
            | ButtonKind::Otp
            | ButtonKind::CallPermissionRequest
            | ButtonKind::RequestContactInfo
    );
    if button.text.trim().is_empty() && !labelled_by_the_phone {
        return refuse(format!("{field}.text"), None, "a button needs a label");
    }
    match button.kind {
        ButtonKind::Url => check_url(&format!("{field}.url"), button, definition),
        ButtonKind::PhoneNumber => {
            let field = format!("{field}.phone_number");
            let number = button.phone_number.as_deref().unwrap_or_default();
            at_most(&field, number, PHONE_CHARS_MAX)?;
            if number.bytes().any(|b| b.is_ascii_digit()) {
                return Ok(());
            }
            refuse(field, None, "a call button needs a telephone number with country code")
        }
        ButtonKind::CopyCode => {
            let field = format!("{field}.example");
            let sample = definition.samples.iter().find(|sample| sample.field == field);
            match sample.map(|sample| &sample.given) {
                Some(Given::Positional(codes)) => {
                    codes.iter().try_for_each(|code| at_most(&field, code, COUPON_CHARS_MAX))
                }
                _ => Ok(()),
            }
        }
        ButtonKind::Otp => check_otp(field, button, definition.category),
        _ => Ok(()),
    }
}

fn check_url(field: &str, button: &Button, definition: &Definition) -> Checked {
    let Some(url) = &button.url else { return refuse(field, None, "a URL button needs a url") };
    at_most(field, url.text(), URL_CHARS_MAX)?;
    if !url.text().starts_with("https://") && !url.text().starts_with("http://") {
        return refuse(field, None, "must begin with https:// or http://");
    }
    match url.variables() {
        [] => Ok(()),
        [one] if url.trails() && one == "1" => check_sample(field, url.variables(), definition),
        _ => refuse(field, None, "can hold one variable, {{1}}, at its end"),
    }
}

fn check_otp(field: &str, button: &Button, category: Category) -> Checked {
    if category != Category::Authentication {
        return refuse(format!("{field}.type"), None, "OTP buttons are for AUTHENTICATION templates only");
    }
    let Some(otp) = button.otp else { return Ok(()) };
    if otp.kind != OtpKind::CopyCode && !otp.names_apps {
        let message =
            "ONE_TAP and ZERO_TAP need the app that takes the code (package_name and signature_hash)";
        return refuse(format!("{field}.supported_apps"), None, message);
    }
    if otp.kind == OtpKind::ZeroTap && !otp.accepts_terms {
        return refuse(format!("{field}.zero_tap_terms_accepted"), None, "must be true for ZERO_TAP");
    }
    Ok(())
}
