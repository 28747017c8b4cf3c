//! Contents that do not fit their template, and those that do.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn refuses(definition: &Definition, components: Vec<Component>, code: u32, details: &str) {
    let misfit = fit(definition, &Content { components }).expect_err("must be refused");
    assert_eq!((misfit.code, misfit.details.as_str()), (code, details));
}

#[track_caller]
fn fits(definition: &Definition, components: Vec<Component>) {
    assert_eq!(fit(definition, &Content { components }), Ok(()));
}

#[test]
fn a_template_without_variables_takes_nothing() {
    fits(&definition(), vec![]);
    fits(&definition(), vec![Component::Body(vec![]), Component::Header(vec![])]);
    let count = "number of localizable_params (1) does not match the expected number of params (0)";
    refuses(&definition(), vec![Component::Body(texts(&["x"]))], 132_000, &format!("body: {count}"));
    refuses(&definition(), vec![Component::Header(texts(&["x"]))], 132_000, &format!("header: {count}"));
    refuses(
        &definition(),
        vec![Component::Header(vec![media(MediaKind::Image)])],
        132_012,
        "header: Format mismatch, expected no header, received IMAGE",
    );
    refuses(
        &definition(),
        vec![Component::Carousel(vec![])],
        132_012,
        "carousel: the template has no carousel",
    );
    refuses(
        &definition(),
        vec![Component::Body(vec![]), Component::Body(vec![])],
        131_009,
        "body: the component is given twice",
    );
}

#[test]
fn positional_variables() {
    let two = Definition { body: Some(body("{{2}} for {{1}}, {{1}}!")), ..definition() };
    fits(&two, vec![Component::Body(texts(&["Ann", "30%"]))]);
    let count = |given| {
        format!(
            "body: number of localizable_params ({given}) does not match the expected number of params (2)"
        )
    };
    refuses(&two, vec![], 132_000, &count(0));
    refuses(&two, vec![Component::Body(texts(&["Ann"]))], 132_000, &count(1));
    refuses(
        &two,
        vec![Component::Body(named(&[("name", "Ann"), ("rate", "30%")]))],
        100,
        "body: parameter 0: parameter_name `name` is given, but the template's parameter_format is POSITIONAL",
    );
    refuses(
        &two,
        vec![Component::Body(vec![Parameter::text("Ann"), media(MediaKind::Image)])],
        132_012,
        "body: parameter 1: Format mismatch, expected TEXT, received IMAGE",
    );
    refuses(
        &two,
        vec![Component::Body(texts(&["Ann", ""]))],
        131_008,
        "body: parameter 1: Parameter of type text is missing text value",
    );
    for bad in ["a\nb", "a\tb", "a     b"] {
        refuses(
            &two,
            vec![Component::Body(texts(&[bad, "x"]))],
            132_018,
            "body: parameter 0: Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        );
    }
    fits(&two, vec![Component::Body(texts(&["a    b", "x"]))]);
}

#[test]
fn named_variables() {
    let two = Definition {
        parameter_format: ParameterFormat::Named,
        body: Some(body("{{rate}} for {{name}}")),
        ..definition()
    };
    fits(&two, vec![Component::Body(named(&[("name", "Ann"), ("rate", "30%")]))]);
    let missing = "body: parameter 0: Parameter name is missing or empty";
    refuses(&two, vec![Component::Body(texts(&["Ann", "30%"]))], 100, missing);
    refuses(&two, vec![Component::Body(named(&[("", "Ann")]))], 100, missing);
    refuses(
        &two,
        vec![Component::Body(named(&[("nam", "Ann")]))],
        100,
        "body: parameter 0: no variable is named `nam` (there are: rate, name)",
    );
    refuses(
        &two,
        vec![Component::Body(named(&[("name", "Ann"), ("name", "Bo")]))],
        100,
        "body: parameter 1: parameter_name `name` is given twice",
    );
    refuses(
        &two,
        vec![Component::Body(named(&[("name", "Ann")]))],
        132_000,
        "body: number of localizable_params (1) does not match the expected number of params (2)",
    );
}

#[test]
fn headers() {
    let with = |header| Definition { header: Some(header), ..definition() };
    let image = with(Header::Media(MediaKind::Image));
    fits(&image, vec![Component::Header(vec![media(MediaKind::Image)])]);
    for (components, received) in [
        (vec![], "UNKNOWN"),
        (vec![Component::Header(vec![])], "UNKNOWN"),
        (vec![Component::Header(texts(&["x"]))], "TEXT"),
        (vec![Component::Header(vec![media(MediaKind::Video)])], "VIDEO"),
    ] {
        refuses(
            &image,
            components,
            132_012,
            &format!("header: Format mismatch, expected IMAGE, received {received}"),
        );
    }
    refuses(
        &image,
        vec![Component::Header(vec![media(MediaKind::Image), media(MediaKind::Image)])],
        132_000,
        "header: number of localizable_params (2) does not match the expected number of params (1)",
    );
    let link = |link: &str| Parameter::Media {
        kind: MediaKind::Image,
        source: MediaSource::Link(link.into()),
        filename: None,
    };
    fits(&image, vec![Component::Header(vec![link("HTTPS://example.com/a.png")])]);
    refuses(
        &image,
        vec![Component::Header(vec![link("ftp://example.com")])],
        131_009,
        "header: link must begin with https:// or http://",
    );
    let text = with(Header::Text(Pattern::new("Sale for {{1}}")));
    fits(&text, vec![Component::Header(texts(&["Ann"]))]);
    refuses(
        &text,
        vec![],
        132_000,
        "header: number of localizable_params (0) does not match the expected number of params (1)",
    );
    refuses(
        &text,
        vec![Component::Header(vec![media(MediaKind::Image)])],
        132_012,
        "header: Format mismatch, expected TEXT, received IMAGE",
    );
    refuses(
        &text,
        vec![Component::Header(texts(&[&"x".repeat(52)]))],
        132_005,
        "header: hydrated text has 61 characters, at most 60 are allowed",
    );
}

#[test]
fn long_bodies() {
    let plain = Definition { body: Some(body("Hi {{1}}")), ..definition() };
    fits(&plain, vec![Component::Body(texts(&[&"é".repeat(1_021)]))]);
    refuses(
        &plain,
        vec![Component::Body(texts(&[&"é".repeat(1_022)]))],
        132_005,
        "body: hydrated text has 1025 characters, at most 1024 are allowed",
    );
    let offer = Some(LimitedTimeOffer { text: "Ends".into(), has_expiration: false });
    refuses(
        &Definition { limited_time_offer: offer, ..plain },
        vec![Component::Body(texts(&[&"x".repeat(598)]))],
        132_005,
        "body: hydrated text has 601 characters, at most 600 are allowed",
    );
}

#[test]
fn offers() {
    let with = |has_expiration| Definition {
        limited_time_offer: Some(LimitedTimeOffer { text: "Ends".into(), has_expiration }),
        ..definition()
    };
    let ends = |millis| Component::LimitedTimeOffer(vec![Parameter::Expiration(millis)]);
    fits(&with(true), vec![ends(1)]);
    fits(&with(false), vec![]);
    refuses(
        &with(true),
        vec![],
        131_008,
        "limited_time_offer: expiration_time_ms is required: the offer has an expiration",
    );
    refuses(
        &with(true),
        vec![Component::LimitedTimeOffer(texts(&["x"]))],
        132_012,
        "limited_time_offer: Format mismatch, expected LIMITED_TIME_OFFER, received TEXT",
    );
    refuses(
        &definition(),
        vec![ends(1)],
        132_012,
        "limited_time_offer: the template has no limited-time offer",
    );
}

#[test]
fn carousels() {
    let defined =
        Definition { carousel: Some(vec![card(vec![url("https://a.b/{{1}}")]); 2]), ..definition() };
    let sent = |card_index, suffix: &[&str]| CardContent {
        card_index,
        components: vec![
            Component::Header(vec![media(MediaKind::Image)]),
            pressed(ButtonKind::Url, 0, texts(suffix)),
        ],
    };
    fits(&defined, vec![Component::Carousel(vec![sent(1, &["x"]), sent(0, &["y"])])]);
    refuses(&defined, vec![], 131_008, "carousel: the component with the cards is missing");
    refuses(
        &defined,
        vec![Component::Carousel(vec![sent(0, &["x"])])],
        132_000,
        "carousel: number of cards (1) does not match the expected number of cards (2)",
    );
    for other in [0, 2] {
        refuses(
            &defined,
            vec![Component::Carousel(vec![sent(0, &["x"]), sent(other, &["x"])])],
            131_009,
            &format!("carousel: card_index must be each of 0..=1 once; {other} is not"),
        );
    }
    refuses(
        &defined,
        vec![Component::Carousel(vec![sent(0, &["x"]), sent(1, &[])])],
        131_008,
        "carousel: card 1: buttons: Button at index 0 of type Url requires a parameter",
    );
    let nested = CardContent { card_index: 1, components: vec![Component::Carousel(vec![])] };
    refuses(
        &defined,
        vec![Component::Carousel(vec![sent(0, &["x"]), nested])],
        131_009,
        "carousel: card 1: components: only header, body and button belong into a card",
    );

    let product = Card { header: Some(Header::Product), ..card(vec![button(ButtonKind::Spm, "View")]) };
    let products = Definition { carousel: Some(vec![product.clone(), product]), ..definition() };
    let item = |card_index| CardContent {
        card_index,
        components: vec![Component::Header(vec![Parameter::Product(Product {
            retailer_id: "a".into(),
            catalog_id: "1".into(),
        })])],
    };
    fits(&products, vec![Component::Carousel((0..10).map(item).collect())]);
    refuses(
        &products,
        vec![Component::Carousel(vec![item(0)])],
        132_000,
        "carousel: 2 to 10 product cards are allowed, not 1",
    );
}

fn any_parameter() -> impl Strategy<Value = Parameter> {
    prop_oneof![
        (proptest::option::of("[a-z]{0,2}"), "\\PC{0,40}")
            .prop_map(|(name, text)| Parameter::Text { name, text }),
        Just(media(MediaKind::Image)),
        Just(media(MediaKind::Video)),
        any::<i64>().prop_map(Parameter::Expiration),
        any::<i64>().prop_map(Parameter::TtlMinutes),
        ".{0,30}".prop_map(Parameter::CouponCode),
        ".{0,30}".prop_map(Parameter::Payload),
        Just(action(vec![])),
    ]
}

fn any_component() -> impl Strategy<Value = Component> {
    let some = || proptest::collection::vec(any_parameter(), 0..3);
    let kind = proptest::sample::select(ButtonKind::ALL);
    let flat = prop_oneof![
        some().prop_map(Component::Header),
        some().prop_map(Component::Body),
        some().prop_map(Component::LimitedTimeOffer),
        some().prop_map(Component::TapTarget),
        (kind, 0..4_u32, some()).prop_map(|(kind, index, given)| pressed(kind, index, given)),
    ];
    flat.prop_recursive(2, 12, 3, |inner| {
        let cards = proptest::collection::vec((0..4_u32, proptest::collection::vec(inner, 0..3)), 0..4);
        cards.prop_map(|cards| {
            let card = |(card_index, components)| CardContent { card_index, components };
            Component::Carousel(cards.into_iter().map(card).collect())
        })
    })
}

fn any_definition() -> impl Strategy<Value = Definition> {
    let kinds = proptest::collection::vec(proptest::sample::select(ButtonKind::ALL), 0..4);
    let format = proptest::sample::select(ParameterFormat::ALL);
    let carousel = proptest::option::of(0..3_usize);
    (
        ".{0,10}",
        prop_oneof!["[a-z{}0-9 ]{0,30}", Just("Hi {{1}} and {{2}}".to_owned()), Just("Hi {{a}}".to_owned())],
        kinds,
        format,
        carousel,
        any::<bool>(),
    )
        .prop_map(|(head, text, kinds, parameter_format, carousel, offers)| {
            let buttons: Vec<Button> = kinds.into_iter().map(|kind| button(kind, "x")).collect();
            Definition {
                parameter_format,
                header: header(&head),
                body: Some(body(&text)),
                limited_time_offer: offers
                    .then(|| LimitedTimeOffer { text: "Ends".into(), has_expiration: true }),
                carousel: carousel.map(|count| vec![card(buttons.clone()); count]),
                buttons,
                ..definition()
            }
        })
}

proptest! {
    #[test]
    fn nothing_panics(
        definition in any_definition(),
        components in proptest::collection::vec(any_component(), 0..5),
    ) {
        let content = Content { components };
        let _ = check(&definition);
        let fitted = fit(&definition, &content);
        let shown = render(&definition, &content);
        prop_assert_eq!(shown.buttons.len(), definition.buttons.len());
        if fitted.is_ok() {
            prop_assert!(shown.body.chars().count() <= 1_024);
        }
    }
}
