//! What is taken for a number, what for a user id, and that every spelling of a person is one person.

use proptest::prelude::*;

use super::*;

#[test]
fn numbers_are_rewritten_as_whatsapp_names_them() {
    for (to, wa_id) in [
        ("5511987654321", "5511987654321"),
        ("551187654321", "5511987654321"),
        ("5531987654321", "553187654321"),
        ("553187654321", "553187654321"),
        ("551132654321", "551132654321"), // a landline has no 9
        ("525512345678", "5215512345678"),
        ("5215512345678", "5215512345678"),
        ("+54 11 15 2345-6789", "5491123456789"),
        ("541123456789", "5491123456789"),
        ("5491123456789", "5491123456789"),
        ("54 351 15 234 5678", "5493512345678"),
        ("54 2966 15 23 4567", "5492966234567"),
        ("4912345678", "4912345678"),
    ] {
        assert_eq!(parse(to), Ok(Address::Phone(wa_id.into())), "{to}");
    }
}

#[test]
fn what_cannot_be_a_number_is_refused_with_its_reason() {
    use AddressError::*;
    for (to, why) in [
        ("", Empty),
        ("+ ()", Empty),
        ("<phone>", Placeholder),
        ("{{number}}", Placeholder),
        ("+1 650 CALL", Character),
        ("١٢٣٤٥٦٧٨", Character),
        ("123456", Length(6)),
        ("1234567890123456", Length(16)),
        ("0049171234567", LeadingZero),
    ] {
        assert_eq!(parse(to), Err(why), "{to}");
    }
    for id in ["us.1", "USA.1", "US.", "US1", "US.a b", "US.a.b", &format!("US.{}", "1".repeat(129))] {
        assert_eq!(parse_user(id), Err(UserId), "{id}");
    }
}

proptest! {
    #[test]
    fn canonical_is_a_fixed_point(digits in "[1-9][0-9]{6,14}") {
        let once = parse(&digits).unwrap();
        prop_assert_eq!(parse(once.canonical()), Ok(once.clone()));
    }

    #[test]
    fn punctuation_does_not_matter(a in "[1-9][0-9]{3}", b in "[0-9]{4}", c in "[0-9]{3,4}") {
        prop_assert_eq!(parse(&format!("+{a} ({b}) - {c}")), parse(&format!("{a}{b}{c}")));
    }

    #[test]
    fn any_text_is_survived(text in ".{0,40}") {
        let _ = (parse(&text), parse_user(&text), mask(&text), country(&text), us_area_code(&text));
    }
}
