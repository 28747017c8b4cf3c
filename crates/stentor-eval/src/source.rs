//! Files as lines of text, gzipped or not, with limits: other people's files are read here.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::EvalError;

/// Bytes of text a file may have, unpacked: what a bomb stops at.
pub const TEXT_BYTES_MAX: u64 = 1 << 30;
/// Bytes of a line.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Rows of a file.
pub const ROWS_MAX: usize = 5_000_000;

/// The text of a file, unpacked where it begins like gzip, whatever its name.
///
/// # Errors
/// [`EvalError::Unreadable`].
pub fn open(path: &Path) -> Result<Box<dyn BufRead>, EvalError> {
    let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let is_gzip = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    // One byte more than is allowed, so that the end of the allowance can be told from the end of the file.
    let limit = TEXT_BYTES_MAX + 1;
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file).take(limit)))
    } else {
        Box::new(BufReader::with_capacity(1 << 16, file.take(limit)))
    })
}

/// Calls `each` with every line and its number from 1, without its end; comments (`#`) and blank lines are left out.
///
/// # Errors
/// [`EvalError`] of the file, of a line that is too long or not UTF-8, and of `each`.
pub fn lines(path: &Path, mut each: impl FnMut(u64, &str) -> Result<(), String>) -> Result<(), EvalError> {
    let mut text = open(path)?;
    let (mut buffer, mut number, mut total) = (Vec::new(), 0, 0_u64);
    loop {
        buffer.clear();
        number += 1;
        let fault = |what: String| EvalError::Line { path: path.to_owned(), line: number, what };
        let read = text.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut buffer);
        let read = read.map_err(|error| fault(format!("cannot be unpacked or read: {error}")))?;
        total += read as u64;
        if total > TEXT_BYTES_MAX {
            return Err(fault(format!(
                "the file has more than {TEXT_BYTES_MAX} bytes: evaluate a part of it"
            )));
        }
        if read == 0 {
            return Ok(());
        }
        if buffer.len() > LINE_BYTES_MAX {
            return Err(fault(format!("the line is longer than {LINE_BYTES_MAX} bytes")));
        }
        let line = std::str::from_utf8(&buffer).map_err(|_| fault("the line is not UTF-8".to_owned()))?;
        // A file that was saved on Windows may begin with a mark.
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() && !line.starts_with('#') {
            each(number, line).map_err(fault)?;
        }
    }
}

/// The first line that says something, if there is one.
///
/// # Errors
/// As [`lines`].
pub fn first_line(path: &Path) -> Result<Option<String>, EvalError> {
    let mut first = None;
    // A line that is refused ends the reading.
    let ended = lines(path, |_, line| {
        first = Some(line.to_owned());
        Err(String::new())
    });
    match (ended, first) {
        (_, Some(line)) => Ok(Some(line)),
        (ended, None) => ended.map(|()| None),
    }
}
