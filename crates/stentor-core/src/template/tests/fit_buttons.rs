//! Buttons against their template: which index, which kind, which parameter.

use super::*;

/// The buttons of every row: 0 reply, 1 fixed page, 2 page with a variable.
fn three() -> Definition {
    let buttons = vec![reply(), url("https://example.com/"), url("https://example.com/{{1}}")];
    Definition { buttons, ..definition() }
}

fn one(button: Button) -> Definition {
    Definition { buttons: vec![button], ..definition() }
}

#[track_caller]
fn expect(definition: &Definition, components: Vec<Component>, expected: Result<(), (u32, &str)>) {
    let found = fit(definition, &Content { components });
    let found = found.as_ref().copied().map_err(|misfit| (misfit.code, misfit.details.as_str()));
    assert_eq!(found, expected);
}

#[test]
fn index_and_sub_type() {
    let page = || pressed(ButtonKind::Url, 2, texts(&["x"]));
    expect(&three(), vec![page()], Ok(()));
    expect(&three(), vec![], Err((131_008, "buttons: Button at index 2 of type Url requires a parameter")));
    expect(
        &three(),
        vec![page(), pressed(ButtonKind::QuickReply, 3, vec![])],
        Err((131_009, "buttons: no button at index 3: the template has 3 button(s)")),
    );
    expect(&three(), vec![page(), page()], Err((131_009, "buttons: the button at index 2 is given twice")));
    expect(
        &three(),
        vec![pressed(ButtonKind::Url, 0, texts(&["x"]))],
        Err((132_012, "buttons: Button at index 0 is of type QuickReply, not url")),
    );
    expect(
        &three(),
        vec![page(), pressed(ButtonKind::Url, 1, texts(&["x"]))],
        Err((
            132_000,
            "buttons: Button at index 1: number of localizable_params (1) does not match the expected number of \
             params (0)",
        )),
    );
}

#[test]
fn values() {
    let code = |code: &str| vec![pressed(ButtonKind::CopyCode, 0, vec![Parameter::CouponCode(code.into())])];
    let copy = one(button(ButtonKind::CopyCode, ""));
    expect(&copy, code("SAVE25"), Ok(()));
    expect(&copy, vec![], Err((131_008, "buttons: Button at index 0 of type CopyCode requires a parameter")));
    for bad in ["", "SAVE 25", "SAVE-25", "ABCDEFGHIJ0123456789X"] {
        let details = "buttons: Button at index 0: coupon_code must be 1 to 20 letters and digits";
        expect(&copy, code(bad), Err((131_009, details)));
    }
    expect(
        &copy,
        vec![pressed(ButtonKind::CopyCode, 0, texts(&["SAVE25"]))],
        Err((132_012, "buttons: Button at index 0: expected COUPON_CODE, received TEXT")),
    );
    let answers = one(reply());
    for fine in [vec![], texts(&["true"]), vec![Parameter::Payload("p".into())]] {
        expect(&answers, vec![pressed(ButtonKind::QuickReply, 0, fine)], Ok(()));
    }
    expect(
        &answers,
        vec![pressed(ButtonKind::QuickReply, 0, texts(&["a", "b"]))],
        Err((
            132_000,
            "buttons: Button at index 0: number of localizable_params (2) does not match the expected number of \
             params (1)",
        )),
    );
    let page = one(url("https://example.com/{{1}}"));
    expect(
        &page,
        vec![pressed(ButtonKind::Url, 0, texts(&[&"x".repeat(2_000)]))],
        Err((
            132_005,
            "buttons: Button at index 0: hydrated url has 2020 characters, at most 2000 are allowed",
        )),
    );
    expect(
        &page,
        vec![pressed(ButtonKind::Url, 0, vec![Parameter::Payload("x".into())])],
        Err((132_012, "buttons: Button at index 0: expected TEXT, received PAYLOAD")),
    );
}

#[test]
fn passcodes_lists_and_calls() {
    let passcode = one(button(ButtonKind::Otp, "Copy"));
    expect(&passcode, vec![pressed(ButtonKind::Url, 0, texts(&["123456"]))], Ok(()));
    expect(&passcode, vec![], Err((131_008, "buttons: Button at index 0 of type Otp requires a parameter")));

    let list = one(button(ButtonKind::Mpm, "View"));
    let section =
        |title: &str, count: usize| Section { title: title.into(), products: vec!["a".into(); count] };
    let with = |sections| vec![pressed(ButtonKind::Mpm, 0, vec![action(sections)])];
    expect(&list, with(vec![section("Popular", 30)]), Ok(()));
    expect(
        &list,
        with(vec![]),
        Err((131_008, "buttons: Button at index 0: sections with product_items are required")),
    );
    expect(
        &list,
        with(vec![section("Popular", 31)]),
        Err((131_009, "buttons: Button at index 0: at most 10 sections and 30 products are allowed")),
    );
    expect(
        &list,
        with(vec![section(&"x".repeat(25), 1)]),
        Err((131_009, "buttons: Button at index 0: a section's title has at most 24 characters")),
    );

    let calls = one(button(ButtonKind::VoiceCall, "Call"));
    let call = |given| vec![pressed(ButtonKind::VoiceCall, 0, given)];
    expect(&calls, call(vec![Parameter::TtlMinutes(43_200), Parameter::Payload("p".into())]), Ok(()));
    expect(
        &calls,
        call(vec![Parameter::TtlMinutes(0)]),
        Err((131_009, "buttons: Button at index 0: ttl_minutes must be 1..=43200")),
    );
    expect(
        &one(super::call("1650")),
        vec![pressed(ButtonKind::PhoneNumber, 0, texts(&["x"]))],
        Err((
            132_000,
            "buttons: Button at index 0: number of localizable_params (1) does not match the expected number of \
             params (0)",
        )),
    );
}
