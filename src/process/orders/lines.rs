//! Cutting a stream into records: one line each, or, in CSV, up to the first line end outside quotes. Holds one record
//! at a time, and of a record that is too long nothing.

/// The longest record taken, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// What was cut off.
#[derive(Debug, PartialEq, Eq)]
pub enum Record {
    Whole(Vec<u8>),
    TooLong,
}

/// Where in the stream we are.
#[derive(Debug, Default)]
pub struct Cutter {
    /// Line ends inside quotes belong to the record (RFC 4180).
    quotes: bool,
    quoted: bool,
    too_long: bool,
    begun: bool,
    partial: Vec<u8>,
}

impl Cutter {
    /// With `quotes`, line ends inside them belong to the record.
    pub fn of(quotes: bool) -> Self {
        Self { quotes, ..Self::default() }
    }

    /// The next record that ends in these bytes. Takes from them what it has used; `None` when more are needed.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Option<Record> {
        loop {
            let end = self.end(bytes);
            let (piece, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.keep(piece);
            *bytes = rest.get(1..).unwrap_or_default();
            end?;
            let record = self.cut();
            if record.is_some() {
                return record;
            }
        }
    }

    /// What is left when the stream has ended without a line end.
    pub fn last(&mut self) -> Option<Record> {
        self.cut()
    }

    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        if !self.quotes {
            return bytes.iter().position(|byte| *byte == b'\n');
        }
        bytes.iter().position(|byte| {
            self.quoted ^= *byte == b'"';
            *byte == b'\n' && !self.quoted
        })
    }

    /// A record that grows too long is given up, and with it the hope that its quotes will close.
    fn keep(&mut self, piece: &[u8]) {
        if self.too_long || self.partial.len() + piece.len() > LONGEST {
            self.too_long = true;
            self.quoted = false;
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(piece);
        }
    }

    /// The record kept so far, unless it is blank.
    fn cut(&mut self) -> Option<Record> {
        let mut record = std::mem::take(&mut self.partial);
        self.quoted = false;
        if !std::mem::replace(&mut self.begun, true) && record.starts_with(b"\xef\xbb\xbf") {
            record.drain(..3);
        }
        if std::mem::take(&mut self.too_long) {
            return Some(Record::TooLong);
        }
        record.truncate(record.trim_ascii_end().len());
        (!record.is_empty()).then_some(Record::Whole(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn cut(quotes: bool, text: &str, piece: usize) -> Vec<Record> {
        let mut cutter = Cutter::of(quotes);
        let mut records = Vec::new();
        for mut bytes in text.as_bytes().chunks(piece) {
            while let Some(record) = cutter.next(&mut bytes) {
                records.push(record);
            }
        }
        records.extend(cutter.last());
        records
    }

    fn whole(texts: &[&str]) -> Vec<Record> {
        texts.iter().map(|text| Record::Whole(text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn however_the_stream_arrives_the_records_are_the_same() {
        let text = "\u{feff}one\r\n\n  \ntwo \"a\nb\"\nthree";
        for piece in 1..text.len() {
            assert_eq!(cut(false, text, piece), whole(&["one", "two \"a", "b\"", "three"]));
            assert_eq!(cut(true, text, piece), whole(&["one", "two \"a\nb\"", "three"]));
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_whatever_pieces_is_cut_alike(pieces in vec("[\"\r\n a-zé]{0,12}", 0..12), quotes: bool) {
            let text = pieces.concat();
            let at_once = cut(quotes, &text, text.len().max(1));
            for piece in 1..=text.len().min(7) {
                prop_assert_eq!(&cut(quotes, &text, piece), &at_once);
            }
        }
    }

    #[test]
    fn a_record_that_is_too_long_is_given_up_and_the_next_one_is_not() {
        let text = format!("{}\nshort\n\"{}\nafter\n", "x".repeat(LONGEST + 1), "y".repeat(2 * LONGEST));
        for piece in [1000, LONGEST, text.len()] {
            let records = cut(false, &text, piece);
            assert_eq!(records.len(), 4);
            assert_eq!((&records[0], &records[2]), (&Record::TooLong, &Record::TooLong));
        }
        assert_eq!(cut(true, &text, 1000).last(), whole(&["after"]).last());
    }
}
