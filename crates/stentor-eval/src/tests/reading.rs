//! What is read tolerantly, and what is refused with its line.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::dataset::{Dataset, Timing};
use crate::mapping::Mapping;
use crate::{EvalError, file};

/// A file of that name with those bytes, in a folder that goes with it.
fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    (dir, path)
}

fn read(name: &str, bytes: &[u8]) -> Result<Dataset, EvalError> {
    let (_dir, path) = written(name, bytes);
    file::read(&path, &Mapping::default(), None)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

/// The smallest design there is.
const DESIGN: &str = "1 1 0:1 1:0.5\n0 1 0:1 2:1\n1 0 0:1 1:2\n0 0 0:1\n";

#[test]
fn a_design_is_read_as_it_is_meant() {
    let plain = read("a.svm", DESIGN.as_bytes()).expect("as specified");
    assert_eq!((plain.rows.len(), plain.features, plain.timing), (4, 3, Timing::Blocks));
    for (what, bytes) in [
        ("gzipped", gzip(DESIGN.as_bytes())),
        ("in two gzip members", [gzip(&DESIGN.as_bytes()[..14]), gzip(&DESIGN.as_bytes()[14..])].concat()),
        ("gzipped under a plain name", gzip(DESIGN.as_bytes())),
        ("no newline at the end", DESIGN.trim_end().into()),
        ("carriage returns", DESIGN.replace('\n', "\r\n").into()),
        ("comments and blank lines", format!("# made today\n\n{DESIGN}\n  \n# end").into()),
        ("a comment after a row", DESIGN.replace("1:0.5", "1:0.5 # the first").into()),
        (
            "labels of -1 and 1",
            DESIGN.replace("0 1 0:1 2:1", "-1 1 0:1 2:1").replace("0 0 0:1\n", "-1 0 0:1\n").into(),
        ),
        (
            "labels as floats",
            DESIGN.replace("0 1 0:1 2:1", "0.0 1 0:1 2:1").replace("1 1 ", "+1.0 1 ").into(),
        ),
        ("indices in any order", DESIGN.replace("0:1 1:0.5", "1:0.5 0:1").into()),
        ("zeros written out", DESIGN.replace("0:1 1:2", "0:1 1:2 2:0").into()),
        ("tabs", DESIGN.replace(' ', "\t").into()),
        ("a byte order mark", format!("\u{feff}{DESIGN}").into()),
    ] {
        let got = read("a.svm.gz", &bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(got.rows, plain.rows, "{what}");
    }
}

#[test]
fn what_is_missing_is_made_up_for_and_said() {
    let without_bias = read("a.svm", b"1 1 1:0.5\n0 1 2:1\n1 0 1:2\n0 0 2:3\n").expect("no bias");
    assert!(without_bias.rows.iter().all(|row| row.features[0] == (0, 1.0)));
    assert_eq!(without_bias.rows[0].features[1], (2, 0.5), "the others move up by one");
    assert!(without_bias.notes[0].contains("bias"), "{:?}", without_bias.notes);
    let rows: String = (0..40).map(|n| format!("{} 0:1 1:{n}\n", n % 2)).collect();
    let without_split = read("a.svm", rows.as_bytes()).expect("no second column");
    let train = without_split.rows.iter().filter(|row| row.is_train).count();
    assert!((20..36).contains(&train), "seven of ten are to learn from: {train}");
    let large = read("a.svm", DESIGN.replace("1:0.5", "1:5000").replace("1:2", "1:4000").as_bytes());
    let large = large.expect("a raw scale");
    assert!(large.rows[0].features[1].1.abs() < 10.0 && large.notes[0].contains("scaled"), "{large:?}");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    for (text, expect) in [
        ("2 1 0:1\n", ":1: the label is `2`"),
        ("1 1 0:1\nyes 1 0:1\n", ":2: the label is `yes`"),
        ("1 3 0:1\n", ":1: the second column is `3`"),
        ("1 1 0:1 x:2\n", "`x:2` is no `index:value`"),
        ("1 1 0:1 3\n", "`3` is no `index:value`"),
        ("1 1 0:1 3:nan\n", "must be finite"),
        ("1 1 0:1 3:1 3:2\n", "feature 3 is there twice"),
        ("1 1 0:1 99999:2\n", "beyond the limit of 1024"),
        ("", "there is no row in it"),
        ("# nothing\n", "there is no row in it"),
        ("1 1 0:1\n1 1 0:1\n", "the training rows (second column 1) need both labels"),
        ("1 1 0:1\n0 1 0:1\n1 0 0:1\n", "the test rows (second column 0) need both labels"),
    ] {
        let error = read("bad.svm", text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(expect) && error.contains("bad.svm"), "{text:?}: {error}");
    }
    let cut = gzip(DESIGN.repeat(50).as_bytes());
    let error = read("cut.svm.gz", &cut[..cut.len() / 2]).expect_err("half a file").to_string();
    assert!(error.contains("cannot be unpacked"), "{error}");
    let error = read("long.svm.gz", &gzip(&vec![b'1'; 3 << 20])).expect_err("a bomb of a line").to_string();
    assert!(error.contains("longer than 1048576 bytes"), "{error}");
    let error = read("none.svm", b"\xff\xfe\x00").expect_err("no text").to_string();
    assert!(error.contains("not UTF-8"), "{error}");
}

const JOURNEY: &str = "campaign_id,household_id,campaign_type,start_date,end_date,age,income,household_comp,red,y,\
l_n_red,n_redcamp,days_since_red,l_n_items,l_spend,days_since_buy,l_n_coupon_items,l_n_prev,is_train\n";

#[test]
fn a_public_file_is_known_by_its_headers() {
    let row = |n: usize| {
        let (start, red) =
            (format!("2017-0{}-01", 1 + n / 5), if n.is_multiple_of(2) { "2017-09-09" } else { "" });
        let (y, train) = (f64::from(u8::from(n.is_multiple_of(2))), u8::from(n < 10));
        format!(
            "{},{},Type A,{start},2017-09-30,,50-74K,,{red},{y:.1},0.{n},0,{n},1,1,2,0,0.5,{train}\n",
            n / 5,
            n % 3
        )
    };
    let text = format!("{JOURNEY}{}", (0..20).map(row).collect::<String>());
    let data = read("table.csv", text.as_bytes()).expect("read");
    assert_eq!((data.rows.len(), data.timing, data.orders.len()), (20, Timing::Dates, 3));
    assert!(data.notes[0].contains("completejourney"), "{:?}", data.notes);
    let (first, last) = (&data.rows[0], &data.rows[19]);
    assert!(first.label && first.is_train && !last.is_train && first.recipient != data.rows[1].recipient);
    assert!(first.engaged_day.is_some() && last.engaged_day.is_none() && first.known_day > last.sent_day);
    assert!(data.names.iter().any(|name| name == "income = 50-74K"), "{:?}", data.names);
}

#[test]
fn columns_are_told_by_flags() {
    let rows: String =
        (0..30).map(|n| format!("{};p{};{};{}\n", n % 3, n % 7, ["ja", "nein"][n % 2], n)).collect();
    let (_dir, path) = written("own.csv", format!("kind;who;\"geklickt\";x\n{rows}").as_bytes());
    let mapping = Mapping {
        label: Some("geklickt".to_owned()),
        positive: Some("ja".to_owned()),
        recipient: Some("who".to_owned()),
        is_in_order: true,
        orders: vec![("x".to_owned(), true)],
        ..Mapping::default()
    };
    let data = file::read(&path, &mapping, None).expect("mapped");
    assert_eq!(data.rows.iter().filter(|row| row.is_train).count(), 18, "60 % are history");
    assert!(data.rows[0].label && data.rows[0].recipient.is_some());
    assert_eq!(data.names, ["bias", "kind", "x"]);
    let wrong = Mapping { label: Some("clicked".to_owned()), ..Mapping::default() };
    let error = file::read(&path, &wrong, None).expect_err("no such column").to_string();
    assert!(error.contains("there is no column `clicked`; there are kind, who, geklickt, x"), "{error}");
    let error = read("t.csv", b"y,x\n1,2\nmaybe,3\n").expect_err("no label").to_string();
    assert!(error.contains("t.csv:3: the label is `maybe`"), "{error}");
    let error = read("t.csv", b"y,x\n1,2\n0\n").expect_err("a short row").to_string();
    assert!(error.contains(":3:"), "{error}");
}
