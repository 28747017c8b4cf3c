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
        (&"a".repeat(513), Some(2_388_040)),
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
        ("Hi {{1}} and {{2}}.", None),
        ("Hi {{2}}, then {{1}}.", None),
        ("Only {{1}}", None),
        ("{{1}}, hello", Some(2_388_299)),
        ("Hi {{2}}.", Some(2_388_072)),
        ("Hi {{name}}.", Some(2_388_072)),
        ("Hi {{}}.", Some(2_388_072)),
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
    allows(&by_name("Hi {{first_name}}, {{code2}}."));
    refuses(&by_name("Hi {{First}}."), "body.text", Some(2_388_072));
    refuses(&by_name("Hi {{1}}."), "body.text", Some(2_388_072));
}

#[test]
fn headers_and_footers() {
    let with = |header| Definition { header, ..definition() };
    allows(&with(header("Sale for {{1}}")));
    refuses(&with(header("{{1}} and {{2}}")), "header.text", Some(2_388_047));
    refuses(&with(header(" ")), "header.text", Some(2_388_047));
    refuses(&with(header(&"x".repeat(61))), "header.text", Some(2_388_040));
    let gif = Some(Header::Media(MediaKind::Gif));
    allows(&with(gif.clone()));
    refuses(&Definition { category: Category::Utility, ..with(gif) }, "header.format", Some(2_388_047));

    let footed = |footer| Definition { footer: Some(footer), ..definition() };
    allows(&footed(Footer::Text("x".repeat(60))));
    refuses(&footed(Footer::Text("x".repeat(61))), "footer.text", Some(2_388_040));
    refuses(&footed(Footer::Text("Hi {{1}}".into())), "footer.text", Some(2_388_073));
    refuses(&footed(Footer::CodeExpires { minutes: 91 }), "footer.code_expiration_minutes", Some(2_388_073));
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
