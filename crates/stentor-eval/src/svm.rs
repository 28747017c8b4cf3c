//! The design files: a row a line, `<y> <is_train> <index>:<value> ...`, gzipped or not. Read tolerantly where it is
//! clear what is meant: comments, blank lines, indices in any order, labels of -1 and 1, no bias, no second column.

use std::path::Path;

use stentor_core::engagement::Feature;

use crate::EvalError;
use crate::dataset::{Dataset, FEATURES_MAX, Row, Timing, is_train};
use crate::source::{ROWS_MAX, lines};

/// Rows of a block, where labels follow block by block.
pub const BLOCK_ROWS: u64 = 1_000;
/// A feature with values beyond this is scaled: the prior expects about a standard deviation of 1.
const MAGNITUDE_MAX: f64 = 50.0;

/// Reads a design file, and the names of its features where they lie beside it (`*_features.json`).
///
/// # Errors
/// [`EvalError`], with the line.
pub fn read(path: &Path) -> Result<Dataset, EvalError> {
    let mut rows = Vec::new();
    lines(path, |_, line| {
        if rows.len() >= ROWS_MAX {
            return Err(format!("more than {ROWS_MAX} rows: evaluate a part of the file"));
        }
        rows.push(row(line, rows.len() as u64)?);
        Ok(())
    })?;
    let mut data = Dataset {
        rows,
        names: names(path),
        features: 0,
        orders: Vec::new(),
        timing: Timing::Split,
        notes: Vec::new(),
    };
    finish(&mut data, path)?;
    Ok(data)
}

/// Sees to the bias, the scale and the timing, and that there is something to learn from and to test.
///
/// # Errors
/// [`EvalError::File`], where there is not.
pub fn finish(data: &mut Dataset, path: &Path) -> Result<(), EvalError> {
    let fault = |what: &str| EvalError::File { path: path.to_owned(), what: what.to_owned() };
    let count = |is_train: bool, label: bool| {
        data.rows.iter().filter(|row| row.is_train == is_train && row.label == label).count()
    };
    if data.rows.is_empty() {
        return Err(fault("there is no row in it"));
    }
    if count(true, true) == 0 || count(true, false) == 0 {
        return Err(fault("the training rows (second column 1) need both labels"));
    }
    if count(false, true) == 0 || count(false, false) == 0 {
        return Err(fault("the test rows (second column 0) need both labels"));
    }
    let has_bias = data.rows.iter().all(|row| row.features.first() == Some(&(0, 1.0)));
    if !has_bias {
        for row in &mut data.rows {
            row.features.iter_mut().for_each(|(index, _)| *index += 1);
            row.features.insert(0, (0, 1.0));
        }
        if !data.names.is_empty() {
            data.names.insert(0, "bias".to_owned());
        }
        data.notes.push("a bias was added: no feature 0 is 1 in every row".to_owned());
    }
    let highest = data.rows.iter().filter_map(|row| row.features.last()).map(|(index, _)| *index).max();
    data.features = highest.unwrap_or(0) + 1;
    scale(data);
    if data.is_chronological() && data.timing == Timing::Split {
        data.timing = Timing::Blocks;
        for (n, row) in (0..).zip(data.rows.iter_mut().filter(|row| !row.is_train)) {
            row.group = n / BLOCK_ROWS;
        }
    }
    Ok(())
}

fn row(line: &str, n: u64) -> Result<Row, String> {
    let mut words = line.split_ascii_whitespace().peekable();
    let label = label(words.next().unwrap_or_default())?;
    let is_train = match words.peek() {
        Some(word) if !word.contains(':') => {
            let word = words.next().unwrap_or_default();
            match word.parse::<f64>() {
                Ok(1.0) => true,
                Ok(0.0) => false,
                _ => return Err(format!("the second column is `{word}`: 1 is a training row, 0 a test row")),
            }
        }
        _ => is_train(n),
    };
    let mut features = Vec::new();
    for word in words {
        // What follows a # is a comment.
        if word.starts_with('#') {
            break;
        }
        features.push(feature(word)?);
    }
    features.sort_by_key(|(index, _)| *index);
    if let Some(two) = features.windows(2).find(|two| two[0].0 == two[1].0) {
        return Err(format!("feature {} is there twice", two[0].0));
    }
    features.retain(|(_, value)| *value != 0.0);
    Ok(Row {
        label,
        is_train,
        features,
        recipient: None,
        group: 0,
        sent_day: 0,
        known_day: 0,
        engaged_day: None,
    })
}

/// A label: 1 or 0, or 1 or -1.
pub fn label(word: &str) -> Result<bool, String> {
    match word.parse::<f64>() {
        Ok(1.0) => Ok(true),
        Ok(0.0 | -1.0) => Ok(false),
        _ => Err(format!("the label is `{word}`: 1 is engaged, 0 (or -1) is not")),
    }
}

fn feature(word: &str) -> Result<Feature, String> {
    let fault = || format!("`{word}` is no `index:value`");
    let (index, value) = word.split_once(':').ok_or_else(fault)?;
    let index: usize = index.parse().map_err(|_| fault())?;
    let value: f64 = value.parse().map_err(|_| fault())?;
    if index >= FEATURES_MAX {
        return Err(format!("feature {index} is beyond the limit of {FEATURES_MAX}"));
    }
    if !value.is_finite() {
        return Err(format!("the value of feature {index} is {value}: it must be finite"));
    }
    Ok((index as u16, value))
}

/// Features of a scale that the prior cannot mean are divided by their root mean square over the training rows.
fn scale(data: &mut Dataset) {
    let width = usize::from(data.features);
    let (mut squares, mut largest) = (vec![0.0; width], vec![0.0_f64; width]);
    for row in data.rows.iter() {
        for &(index, value) in &row.features {
            let index = usize::from(index);
            largest[index] = largest[index].max(value.abs());
            if row.is_train {
                squares[index] += value * value;
            }
        }
    }
    let train = data.rows.iter().filter(|row| row.is_train).count() as f64;
    let by: Vec<f64> = (0..width)
        .map(|index| {
            let size = (squares[index] / train).sqrt();
            if largest[index] > MAGNITUDE_MAX && size > 1.0 { size } else { 1.0 }
        })
        .collect();
    let scaled = by.iter().filter(|by| **by != 1.0).count();
    if scaled > 0 {
        data.notes.push(format!("{scaled} features with values beyond {MAGNITUDE_MAX} were scaled"));
        let rows = data.rows.iter_mut().flat_map(|row| &mut row.features);
        rows.for_each(|(index, value)| *value /= by[usize::from(*index)]);
    }
}

/// The names that lie beside the file: `x.svm.gz` has `x_features.json`, or one that all files of a folder share.
fn names(path: &Path) -> Vec<String> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let stem = name.split('.').next().unwrap_or_default();
    let shared = stem.split('_').next().unwrap_or_default();
    let read = |stem: &str| {
        let text = std::fs::read_to_string(path.with_file_name(format!("{stem}_features.json"))).ok()?;
        serde_json::from_str::<Vec<String>>(&text).ok()
    };
    read(stem).or_else(|| read(shared)).unwrap_or_default()
}
