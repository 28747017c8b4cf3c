//! What the phone shows of a template and its parameters.

use super::*;

#[test]
fn everything_is_filled() {
    let definition = Definition {
        header: header("Sale for {{1}}"),
        body: Some(body("{{2}} off, {{1}}!")),
        footer: Some(Footer::Text("Tap Stop to stop".into())),
        limited_time_offer: Some(LimitedTimeOffer { text: "Ends soon".into(), has_expiration: true }),
        buttons: vec![button(ButtonKind::CopyCode, ""), url("https://a.b/?c={{1}}"), reply()],
        ..definition()
    };
    let components = vec![
        Component::Header(texts(&["Ann"])),
        Component::Body(texts(&["Ann", "30%"])),
        Component::LimitedTimeOffer(vec![Parameter::Expiration(1_700_000_000_000)]),
        pressed(ButtonKind::Url, 1, texts(&["x1"])),
        pressed(ButtonKind::CopyCode, 0, vec![Parameter::CouponCode("SAVE".into())]),
    ];
    let shown = render(&definition, &Content { components });
    assert_eq!(shown.header, Some(RenderedHeader::Text("Sale for Ann".into())));
    assert_eq!(shown.body, "30% off, Ann!");
    assert_eq!(shown.footer.as_deref(), Some("Tap Stop to stop"));
    assert_eq!(shown.offer.map(|offer| offer.expires_at_ms), Some(Some(1_700_000_000_000)));
    let buttons: Vec<_> = shown.buttons.into_iter().map(|b| (b.label, b.action)).collect();
    assert_eq!(
        buttons,
        [
            ("Copy offer code".to_owned(), ButtonAction::Copy("SAVE".into())),
            ("Open".to_owned(), ButtonAction::Open("https://a.b/?c=x1".into())),
            // No payload sent: the label comes back.
            ("Yes".to_owned(), ButtonAction::Reply("Yes".into())),
        ]
    );
}

#[test]
fn names_may_come_in_any_order_and_money_as_its_fallback() {
    let definition = Definition {
        parameter_format: ParameterFormat::Named,
        body: Some(body("{{name}} pays {{price}}")),
        ..definition()
    };
    let price = Parameter::Currency {
        name: Some("price".into()),
        fallback: "$25.00".into(),
        code: "USD".into(),
        amount_1000: 25_000,
    };
    let given = vec![price, named(&[("name", "Ann")]).remove(0)];
    let shown = render(&definition, &Content { components: vec![Component::Body(given)] });
    assert_eq!(shown.body, "Ann pays $25.00");
}

#[test]
fn passcodes() {
    let definition = Definition {
        body: Some(Body {
            text: Pattern::new("*{{1}}* is your verification code."),
            recommends_security: true,
        }),
        footer: Some(Footer::CodeExpires { minutes: 5 }),
        buttons: vec![button(ButtonKind::Otp, "")],
        ..Definition::new("code", "en", Category::Authentication)
    };
    let components =
        vec![Component::Body(texts(&["123456"])), pressed(ButtonKind::Url, 0, texts(&["123456"]))];
    let shown = render(&definition, &Content { components });
    assert_eq!(shown.body, "*123456* is your verification code. For your security, do not share this code.");
    assert_eq!(shown.footer.as_deref(), Some("This code expires in 5 minutes."));
    assert_eq!(shown.buttons[0].action, ButtonAction::Copy("123456".into()));
}

#[test]
fn cards_stand_in_the_order_of_their_index() {
    let definition =
        Definition { carousel: Some(vec![card(vec![url("https://a.b/{{1}}")]); 2]), ..definition() };
    let sent = |card_index, suffix| CardContent {
        card_index,
        components: vec![pressed(ButtonKind::Url, 0, texts(&[suffix]))],
    };
    let shown = render(
        &definition,
        &Content { components: vec![Component::Carousel(vec![sent(1, "b"), sent(0, "a")])] },
    );
    let opens: Vec<_> = shown.cards.iter().map(|card| &card.buttons[0].action).collect();
    assert_eq!(
        opens,
        [&ButtonAction::Open("https://a.b/a".into()), &ButtonAction::Open("https://a.b/b".into())]
    );
}

#[test]
fn braces_that_are_no_variable_stay() {
    for (text, variables) in
        [("a {b} c", 0), ("{{", 0), ("{{1", 0), ("{{{1}}}", 1), ("}}{{1}}", 1), ("{{a\nb}}", 0)]
    {
        let pattern = Pattern::new(text);
        assert_eq!(pattern.variables().len(), variables, "{text}");
        assert_eq!(pattern.fill(|_| None), text);
    }
    let endless = "{{".repeat(200_000) + "1}}" + &"{{x}}".repeat(200_000);
    assert_eq!(Pattern::new(endless).variables(), ["1", "x"]);
    assert_eq!(Pattern::new("{{{1}}}").fill(|_| Some("x")), "{x}");
    assert_eq!(Pattern::new("é{{1}}é").filled_chars(|_| Some("ab")), 4);
}
