//! Records of a bulk release becoming its lines: read, held against the published schema, and refused one by one.

use super::{
    csv_lines::Header,
    lines::{LONGEST, Record},
    prepare::may_release,
    published::as_published,
};
use crate::{
    app::App,
    body::parse,
    domain::{
        batch::{BatchLine, LineOutcome},
        id::BatchId,
    },
    error::Error,
    ids,
    policy::Viewer,
};
use serde_json::Value;

/// How the records are written.
#[derive(Debug)]
pub(super) enum Format {
    Ndjson,
    Csv(Option<Header>),
}

impl Format {
    pub fn of(media: &str) -> Result<Self, Error> {
        match media {
            "application/x-ndjson" => Ok(Self::Ndjson),
            "text/csv" => Ok(Self::Csv(None)),
            _ => Err(Error::invalid("media_type_unsupported", "Send application/x-ndjson or text/csv.")),
        }
    }

    pub fn has_quotes(&self) -> bool {
        matches!(self, Self::Csv(_))
    }

    /// Takes the record as the header, where one is still to come. Without a header nothing else can be read.
    pub fn takes_as_header(&mut self, record: &Record) -> Result<bool, Error> {
        match (self, record) {
            (Self::Csv(header @ None), Record::Whole(bytes)) => *header = Some(Header::read(bytes)?),
            (Self::Csv(None), Record::TooLong) => return Err(too_long()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn value(&self, record: &Record) -> Result<Value, Error> {
        match (self, record) {
            (_, Record::TooLong) => Err(too_long()),
            (Self::Ndjson, Record::Whole(bytes)) => parse(bytes),
            (Self::Csv(Some(header)), Record::Whole(bytes)) => header.order(bytes),
            (Self::Csv(None), Record::Whole(_)) => Err(Error::invalid("malformed_request", "The header is missing.")),
        }
    }
}

/// The line a record comes to: waiting, or refused at once.
pub(super) fn line(
    app: &App,
    viewer: &Viewer,
    format: &Format,
    batch: &BatchId,
    place: u64,
    record: &Record,
) -> BatchLine {
    let value = format.value(record);
    let named = value.as_ref().ok().and_then(|value| value["number"].as_str());
    let number = named.map(|number| number.chars().take(40).filter(|letter| !letter.is_control()).collect());
    let checked = value.and_then(|value| {
        may_release(viewer, &as_published(app, value.clone())?)?;
        Ok(value)
    });
    let (content, outcome) = match checked {
        Ok(value) => (Some(value), LineOutcome::Waiting),
        Err(error) => (None, refused(&error)),
    };
    BatchLine {
        id: BatchLine::id(batch, place),
        batch: batch.clone(),
        line: place,
        number,
        digest: digest(record),
        content,
        outcome,
    }
}

/// A line that is refused for this reason.
pub(super) fn refused(error: &Error) -> LineOutcome {
    let problem = error.problem();
    let places = problem.errors.iter().map(|one| format!(" {}: {}.", one.pointer, one.detail));
    let detail = std::iter::once(problem.detail.clone()).chain(places).collect::<String>();
    LineOutcome::Refused {
        code: problem.code,
        detail: detail.chars().filter(|letter| *letter != '\0').take(500).collect(),
    }
}

fn digest(record: &Record) -> String {
    match record {
        Record::Whole(bytes) => ids::sha256(bytes)[..16].to_owned(),
        Record::TooLong => "too_long".to_owned(),
    }
}

fn too_long() -> Error {
    Error::invalid("body_too_large", format!("The line has more than {LONGEST} bytes."))
}
