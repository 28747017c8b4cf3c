//! Definitions that are refused, with code and words, and their neighbours that are not.

use super::*;

#[track_caller]
fn refuses(definition: &Definition, field: &str, subcode: Option<u32>) {
    let refusal = check(definition).expect_err("must be refused");
    assert_eq!((refusal.field.as_str(), refusal.subcode), (field, subcode), "{refusal}");
}

#[track_caller]
fn allows(definition: &Definition) {
    assert_eq!(check(definition), Ok(()));
}

#[test]
fn names_and_languages() {
    for (name, subcode) in [
        ("promo_2026", None),
        ("Promo", Some(2_388_046)),
        ("promo-1", Some(2_388_046)),
        ("", Some(2_388_046)),
        ("é", Some(2_388_046)),
        (&"a".repeat(512), None),
        (&"a".repeat(513), Some(2_388_046)),
    ] {
        let named = Definition { name: name.to_owned(), ..definition() };
        match subcode {
            None => allows(&named),
            subcode => refuses(&named, "name", subcode),
        }
    }
    for (language, fine) in
        [("en", true), ("en_US", true), ("fil", true), ("zh_CN", true), ("en-US", false), ("", false)]
    {
        let spoken = Definition { language: language.to_owned(), ..definition() };
        if fine { allows(&spoken) } else { refuses(&spoken, "language", None) }
    }
}

#[test]
fn bodies() {
    let with = |text: &str| Definition { body: Some(body(text)), ..definition() };
    for (text, subcode) in [
        ("Hi {{1}} and {{2}} too.", None),
        ("Hi {{2}}, then {{1}} again.", None),
        ("Only {{1}}", None),
        ("{{1}}, hello", Some(2_388_299)),
        ("Hi {{2}}.", Some(2_388_072)),
        ("Hi {{name}}.", Some(2_388_072)),
        ("Hi {{}}.", Some(2_388_072)),
        ("Hi {{#1}}.", Some(2_388_072)),
        ("Hi {{$name}}.", Some(2_388_072)),
        ("Hi {{1}}, take {{2}}!", Some(2_388_293)),
        ("Hi {{1}}, {{2}} and {{3}} too.", Some(2_388_293)),
        ("{{1}}", Some(2_388_299)),
        ("Hi {{1}} {{2}}.", Some(2_388_072)),
        (&"x".repeat(1_024), None),
        (&"x".repeat(1_025), Some(2_388_040)),
        (&"é".repeat(1_024), None),
    ] {
        match subcode {
            None => allows(&with(text)),
            subcode => refuses(&with(text), "body.text", subcode),
        }
    }
    refuses(&Definition { body: None, ..definition() }, "components", Some(2_388_072));
    let by_name = |text| Definition { parameter_format: ParameterFormat::Named, ..with(text) };
    allows(&by_name("Hi {{first_name}}, take {{code2}} today."));
    refuses(&by_name("Hi {{First}}."), "body.text", Some(2_388_072));
    refuses(&by_name("Hi {{1}}."), "body.text", Some(2_388_072));
}

#[test]
fn headers_and_footers() {
    let with = |header| Definition { header, ..definition() };
    allows(&with(header("Sale for {{1}}")));
    refuses(&with(header("{{1}} and {{2}}")), "header.text", Some(2_388_047));
    refuses(&with(header(" ")), "header.text", Some(2_388_047));
    for text in [
        "Sale *now*",
        "_Sale_",
        "~Sale~ over",
        "`Sale`",
        "Sale \u{1F389}",
        "Sale \u{2705}",
        "two\nlines",
        "cr\rlf",
    ] {
        refuses(&with(header(text)), "header.text", Some(2_388_047));
    }
    for text in ["Order a_b", "It is ~5 km", "Été ™ № 5", "Our {{1}} is on!"] {
        allows(&with(header(text)));
    }
    refuses(&with(header(&"x".repeat(61))), "header.text", Some(2_388_040));
    let gif = Some(Header::Media(MediaKind::Gif));
    allows(&with(gif.clone()));
    refuses(&Definition { category: Category::Utility, ..with(gif) }, "header.format", Some(2_388_047));

    let footed = |footer| Definition { footer: Some(footer), ..definition() };
    allows(&footed(Footer::Text("x".repeat(60))));
    refuses(&footed(Footer::Text("x".repeat(61))), "footer.text", Some(2_388_040));
    refuses(&footed(Footer::Text("Hi {{1}}".into())), "footer.text", Some(2_388_073));
    let expires = |category, minutes| Definition { category, ..footed(Footer::CodeExpires { minutes }) };
    allows(&expires(Category::Authentication, 90));
    for (category, minutes) in
        [(Category::Authentication, 91), (Category::Authentication, 0), (Category::Utility, 5)]
    {
        refuses(&expires(category, minutes), "footer.code_expiration_minutes", Some(2_388_073));
    }
}

#[test]
fn buttons() {
    let with = |buttons| Definition { buttons, ..definition() };
    let site = || url("https://example.com/");
    allows(&with(vec![reply(), reply(), site(), url("https://example.com/{{1}}"), call("16505551234")]));
    allows(&with(vec![site(), reply(), reply()]));
    allows(&with(vec![reply(); 10]));
    allows(&with(vec![button(ButtonKind::CopyCode, "")]));
    for (buttons, field) in [
        (vec![reply(); 11], "buttons"),
        (vec![reply(), site(), reply()], "buttons"),
        (vec![site(), site(), site()], "buttons"),
        (vec![call("1"), call("2")], "buttons"),
        (vec![button(ButtonKind::QuickReply, " ")], "buttons[0].text"),
        (vec![reply(), button(ButtonKind::QuickReply, &"x".repeat(26))], "buttons[1].text"),
        (vec![button(ButtonKind::Url, "Open")], "buttons[0].url"),
        (vec![url("example.com")], "buttons[0].url"),
        (vec![url("https://example.com/{{1}}/x")], "buttons[0].url"),
        (vec![url("https://example.com/{{1}}{{2}}")], "buttons[0].url"),
        (vec![call("")], "buttons[0].phone_number"),
        (vec![button(ButtonKind::Otp, "")], "buttons[0].type"),
    ] {
        let refusal = check(&with(buttons)).expect_err(field);
        assert_eq!(refusal.field, field, "{refusal}");
    }
}

#[test]
fn offers() {
    let offer = Some(LimitedTimeOffer { text: "Ends soon!".into(), has_expiration: true });
    let (copy, site) = (button(ButtonKind::CopyCode, ""), url("https://example.com/{{1}}"));
    let with = |buttons| Definition { limited_time_offer: offer.clone(), buttons, ..definition() };
    allows(&with(vec![copy.clone(), site.clone()]));
    allows(&with(vec![site.clone()]));
    allows(&with(vec![]));
    refuses(&with(vec![site.clone(), copy]), "buttons", None);
    refuses(&with(vec![reply(), site]), "buttons", None);
    let offered = with(vec![]);
    refuses(&Definition { category: Category::Utility, ..offered.clone() }, "limited_time_offer", None);
    refuses(&Definition { header: header("Hi"), ..offered.clone() }, "header.format", Some(2_388_047));
    refuses(
        &Definition { footer: Some(Footer::Text("x".into())), ..offered.clone() },
        "footer",
        Some(2_388_073),
    );
    refuses(
        &Definition { body: Some(body(&"x".repeat(601))), ..offered.clone() },
        "body.text",
        Some(2_388_040),
    );
    let long = Some(LimitedTimeOffer { text: "x".repeat(17), has_expiration: false });
    refuses(&Definition { limited_time_offer: long, ..offered }, "limited_time_offer.text", Some(2_388_040));
}

#[test]
fn carousels() {
    let with = |cards| Definition { carousel: Some(cards), ..definition() };
    let two = || card(vec![reply(), url("https://example.com/{{1}}")]);
    allows(&with(vec![two(), two(), two()]));
    refuses(&with(vec![two()]), "carousel.cards", None);
    refuses(&with(vec![two(); 11]), "carousel.cards", None);
    refuses(&with(vec![two(), card(vec![reply()])]), "carousel.cards[1]", None);
    let bare = Card { header: None, ..two() };
    refuses(&with(vec![two(), bare]), "carousel.cards[1].header", Some(2_388_047));
    let worded = Card { body: Some(body("x")), ..two() };
    refuses(&with(vec![two(), worded.clone()]), "carousel.cards[1]", None);
    allows(&with(vec![worded.clone(), worded]));
    let long = Card { body: Some(body(&"x".repeat(161))), ..two() };
    refuses(&with(vec![long.clone(), long]), "carousel.cards[0].body.text", Some(2_388_040));
    let three = card(vec![reply(), reply(), reply()]);
    refuses(&with(vec![three.clone(), three]), "carousel.cards[0].buttons", None);
}

#[test]
fn examples() {
    let with = |samples: Vec<Sample>| Definition {
        header: header("Sale for {{1}}"),
        body: Some(body("Hi {{1}}, take {{2}} off today.")),
        buttons: vec![url("https://example.com/{{1}}"), button(ButtonKind::CopyCode, "")],
        samples,
        ..definition()
    };
    let values = |field: &str, values: &[&str]| Sample {
        field: field.to_owned(),
        given: Given::Positional(values.iter().map(|v| (*v).to_owned()).collect()),
    };
    allows(&with(vec![]));
    allows(&with(vec![
        values("header.text", &["you"]),
        values("body.text", &["Ann", "10%"]),
        values("buttons[0].url", &["x"]),
        values("buttons[1].example", &["SAVE10"]),
    ]));
    for (field, given) in [
        ("header.text", &["a", "b"][..]),
        ("header.text", &[]),
        ("body.text", &["Ann"]),
        ("body.text", &["Ann", " "]),
        ("body.text", &["Ann", "10%", "more"]),
        ("buttons[0].url", &["a", "b"]),
    ] {
        refuses(&with(vec![values(field, given)]), field, Some(2_388_043));
    }
    refuses(
        &with(vec![values("buttons[1].example", &[&"X".repeat(21)])]),
        "buttons[1].example",
        Some(2_388_040),
    );
    let named = |pairs: &[(&str, &str)]| Definition {
        parameter_format: ParameterFormat::Named,
        body: Some(body("Hi {{name}}, take {{code}} along.")),
        samples: vec![Sample {
            field: "body.text".to_owned(),
            given: Given::Named(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()),
        }],
        ..definition()
    };
    allows(&named(&[("code", "X"), ("name", "Ann")]));
    refuses(&named(&[("name", "Ann"), ("name", "Bob")]), "body.text", Some(2_388_043));
    refuses(&named(&[("name", "Ann"), ("code", "X"), ("other", "Y")]), "body.text", Some(2_388_043));
}

#[test]
fn passcodes() {
    let otp = |kind, names_apps, accepts_terms| {
        vec![Button { otp: Some(Otp { kind, names_apps, accepts_terms }), ..button(ButtonKind::Otp, "Copy") }]
    };
    let with = |buttons| Definition { category: Category::Authentication, buttons, ..definition() };
    let copy = || otp(OtpKind::CopyCode, false, false);
    allows(&with(copy()));
    allows(&with(otp(OtpKind::OneTap, true, false)));
    allows(&with(otp(OtpKind::ZeroTap, true, true)));
    allows(&Definition { header: header("Code"), ..with(vec![reply()]) });
    refuses(&with(otp(OtpKind::OneTap, false, false)), "buttons[0].supported_apps", None);
    refuses(&with(otp(OtpKind::ZeroTap, true, false)), "buttons[0].zero_tap_terms_accepted", None);
    refuses(&with(vec![url("https://example.com/")]), "buttons[0].type", None);
    refuses(&with([copy(), vec![reply()]].concat()), "buttons[1].type", None);
    refuses(&Definition { header: header("Code"), ..with(copy()) }, "header", Some(2_388_047));
    let image = Some(Header::Media(MediaKind::Image));
    refuses(&Definition { header: image, ..with(copy()) }, "header.format", Some(2_388_047));
    let footer = Some(Footer::Text("Bye".into()));
    refuses(&Definition { footer, ..with(copy()) }, "footer.text", Some(2_388_073));
    let offer = Some(LimitedTimeOffer { text: "Soon".into(), has_expiration: false });
    refuses(&Definition { limited_time_offer: offer, ..with(copy()) }, "components", Some(2_388_072));
    let advised = Some(Body { recommends_security: true, ..body("Hello there") });
    refuses(&Definition { body: advised, ..definition() }, "body.text", Some(2_388_072));
}

#[test]
fn the_same_words_twice() {
    let footed = |text: &str| Definition { footer: Some(Footer::Text(text.into())), ..definition() };
    assert!(repeats(&footed("Bye"), &Definition { header: header("New"), ..footed("Bye") }));
    assert!(!repeats(&footed("Bye"), &definition()));
    assert!(!repeats(&definition(), &Definition { language: "de".into(), ..definition() }));
    let passcode = Definition { category: Category::Authentication, ..definition() };
    assert!(!repeats(&passcode, &passcode));
}
