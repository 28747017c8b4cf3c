//! The checked-in table of texts and verdicts, and what the texts do not say: offers, coupons, cards.

use super::*;

const CASES: &str = include_str!("../category_cases.tsv");

fn case(line: &str) -> (Definition, Judged) {
    let mut cells = line.split('\t');
    let mut next = || cells.next().unwrap_or_default();
    let (category, verdict) = (Category::parse(next()).expect("a category"), next());
    let (text, footer, buttons) = (next(), next(), next());
    let button = |label: &str| Button {
        kind: ButtonKind::QuickReply,
        text: label.to_owned(),
        url: None,
        phone_number: None,
        otp: None,
    };
    let definition = Definition {
        category,
        body: Some(body(text)),
        footer: (!footer.is_empty()).then(|| Footer::Text(footer.to_owned())),
        buttons: buttons.split(';').filter(|label| !label.is_empty()).map(button).collect(),
        ..definition()
    };
    let verdict = match verdict {
        "kept" => Judged::Kept,
        "marketing" => Judged::Marketing,
        "incorrect" => Judged::Incorrect,
        other => panic!("{other} is no verdict: {line}"),
    };
    (definition, verdict)
}

#[test]
fn texts_are_judged_as_the_table_says() {
    let lines: Vec<&str> = CASES.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 60, "{} cases", lines.len());
    let judged = |line: &&&str| {
        let (definition, verdict) = case(line);
        judge(&definition) != verdict
    };
    let wrong: Vec<_> = lines.iter().filter(judged).map(|line| (judge(&case(line).0), line)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn case_accents_and_punctuation_do_not_matter() {
    for text in ["OUR SALE IS ON", "our sale, is on", "Promoção!", "PROMOCAO", "Don’t miss it", "20%OFF"]
    {
        let says = Definition { category: Category::Utility, body: Some(body(text)), ..definition() };
        assert_eq!(judge(&says), Judged::Marketing, "{text}");
    }
    // The names of variables say nothing.
    let named = Some(body("Your total for order {{order_id}}: {{discount_code_offer_sale}}."));
    assert_eq!(judge(&Definition { category: Category::Utility, body: named, ..definition() }), Judged::Kept);
}

#[test]
fn what_only_marketing_has_makes_it_marketing() {
    let plain =
        Definition { category: Category::Utility, body: Some(body("Your order is here.")), ..definition() };
    assert_eq!(judge(&plain), Judged::Kept);
    let offer = LimitedTimeOffer { text: "Ends".to_owned(), has_expiration: true };
    let with_offer = Definition { limited_time_offer: Some(offer), ..plain.clone() };
    assert_eq!(judge(&with_offer), Judged::Marketing);
    let button = |kind| Button { kind, text: String::new(), url: None, phone_number: None, otp: None };
    for (kind, judged) in [
        (ButtonKind::CopyCode, Judged::Marketing),
        (ButtonKind::Catalog, Judged::Marketing),
        (ButtonKind::Url, Judged::Kept),
        (ButtonKind::Otp, Judged::Incorrect),
    ] {
        let with_button = Definition { buttons: vec![button(kind)], ..plain.clone() };
        assert_eq!(judge(&with_button), judged, "{kind}");
    }
    let card = Card { header: None, body: Some(body("Shoes, 20% off")), buttons: Vec::new() };
    assert_eq!(judge(&Definition { carousel: Some(vec![card]), ..plain }), Judged::Marketing);
}

/// Whatever is written, a verdict comes, and only a UTILITY template is moved.
#[test]
fn every_text_has_a_verdict() {
    for text in ["", "{{", "}}", "{{1}}{{", "ßẞ İ", "%%%", "👋 {{1}} 💯%", "\u{0}"] {
        for category in Category::ALL {
            let says = Definition { category: *category, body: Some(body(text)), ..definition() };
            assert!(judge(&says) != Judged::Marketing || *category == Category::Utility, "{text:?}");
        }
    }
}
