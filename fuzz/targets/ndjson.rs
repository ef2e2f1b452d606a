//! Bulk releases as NDJSON: in whatever pieces they come, the lines are those of the text, and each is JSON in one
//! reading or refused.

#![no_main]

use haulgate::{
    body,
    process::orders::lines::{Cutter, LONGEST, Record},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = (usize::from(input.0).max(1), input.1);
    let records = cut(bytes, piece);
    assert_eq!(records, lines(bytes));
    for record in &records {
        let Record::Whole(line) = record else { continue };
        let Ok(value) = body::parse(line) else { continue };
        let lenient: serde_json::Value = serde_json::from_slice(line).expect("what is taken any reader takes");
        assert_eq!(body::parse(lenient.to_string().as_bytes()).ok().as_ref(), Some(&value));
        let written = value.to_string();
        assert!(!written.replace("\\\\", "").contains("\\u0000"));
        assert_eq!(body::parse(written.as_bytes()).ok().as_ref(), Some(&value), "{written}");
    }
});

fn cut(bytes: &[u8], piece: usize) -> Vec<Record> {
    let mut cutter = Cutter::of(false);
    let mut records = Vec::new();
    for mut bytes in bytes.chunks(piece) {
        while let Some(record) = cutter.next(&mut bytes) {
            records.push(record);
        }
    }
    records.extend(cutter.last());
    records
}

/// The same, by somebody who has all of it in memory.
fn lines(bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    for (place, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = if line.len() > LONGEST {
            records.push(Record::TooLong);
            continue;
        } else if place == 0 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        let line = line.trim_ascii_end();
        records.extend((!line.is_empty()).then(|| Record::Whole(line.to_vec())));
    }
    records
}
