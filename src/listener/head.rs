//! The head of an HTTP/1.1 request: whether it can be read in one way only, and how the bytes after it are framed.
//!
//! RFC 9112 lets a server be generous with line ends, repeated lengths and two framings at once. What stands in front of
//! the gateway may be generous in another way, and then the two disagree where a request ends (request smuggling). So
//! nothing is guessed here: what is ambiguous is refused.

use super::settings::ConnectionSettings;

/// Why a request is not passed on. The stack finds it among the request's extensions and answers with the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// With what is wrong.
    Malformed(&'static str),
    HeadTooLarge,
    TargetTooLong,
}

impl Misread {
    /// The problem's code in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed_request",
            Self::HeadTooLarge => "head_too_large",
            Self::TargetTooLong => "target_too_long",
        }
    }

    /// What the caller reads.
    pub fn detail(self) -> &'static str {
        match self {
            Self::Malformed(why) => why,
            Self::HeadTooLarge => "The request has more or larger header fields than are read.",
            Self::TargetTooLong => "The request's path and query are longer than is read.",
        }
    }
}

/// How much of a head is read.
#[derive(Clone, Copy, Debug)]
pub struct HeadLimits {
    pub bytes: usize,
    pub fields: usize,
    pub target: usize,
}

impl From<&ConnectionSettings> for HeadLimits {
    fn from(settings: &ConnectionSettings) -> Self {
        Self { bytes: settings.head_bytes, fields: settings.fields, target: settings.target_bytes }
    }
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Length(u64),
    Chunked,
}

/// The position after the head that begins these bytes, if its end has come. `searched` remembers how far was looked.
pub fn end(bytes: &[u8], searched: &mut usize) -> Result<Option<usize>, Misread> {
    // One empty line before a request is passed over (RFC 9112, 2.2).
    let start = if bytes.starts_with(b"\r\n") { 2 } else { 0 };
    let mut from = start.max(*searched);
    while let Some(found) = bytes.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let at = from + found;
        if at == 0 || bytes[at - 1] != b'\r' {
            return Err(Misread::Malformed("A line of the head ends without a carriage return."));
        }
        if at >= 3 && bytes[at - 2] == b'\n' {
            return Ok(Some(at + 1));
        }
        from = at + 1;
    }
    *searched = bytes.len();
    Ok(None)
}

/// Whether a head whose end has not come may still become one.
pub fn may_go_on(bytes: &[u8], limits: &HeadLimits) -> Result<(), Misread> {
    let begun = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
    let first_line = begun.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first_line.strip_suffix(b"\r").unwrap_or(first_line).len() > longest_line(limits) {
        Err(Misread::TargetTooLong)
    } else if bytes.len() > limits.bytes {
        Err(Misread::HeadTooLarge)
    } else {
        Ok(())
    }
}

/// Reads a whole head.
pub fn read(head: &[u8], limits: &HeadLimits) -> Result<Body, Misread> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let version = request_line(first, limits)?;
    if head.len() > limits.bytes {
        return Err(Misread::HeadTooLarge);
    }
    let mut fields = Fields::default();
    lines.filter(|line| !line.is_empty()).try_for_each(|line| fields.take(line, limits))?;
    fields.body(version)
}

/// A method and a version stand beside the target.
fn longest_line(limits: &HeadLimits) -> usize {
    limits.target + 32
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Ten,
    Eleven,
}

fn request_line(line: &[u8], limits: &HeadLimits) -> Result<Version, Misread> {
    let mut words = line.split(|byte| *byte == b' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let (Some(_), Some(target), Some(version), None) = (method, target, version, words.next()) else {
        return Err(Misread::Malformed("The request line is not a method, a target and a version."));
    };
    if target.len() > limits.target || line.len() > longest_line(limits) {
        return Err(Misread::TargetTooLong);
    }
    if line.iter().any(u8::is_ascii_control) {
        return Err(Misread::Malformed("A control character stands in the request line."));
    }
    match version {
        b"HTTP/1.1" => Ok(Version::Eleven),
        b"HTTP/1.0" => Ok(Version::Ten),
        _ => Err(Misread::Malformed("The version of HTTP is none that is spoken here.")),
    }
}

/// The fields that say how a request is framed and whom it is for.
#[derive(Default)]
struct Fields {
    count: usize,
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
}

impl Fields {
    fn take(&mut self, line: &[u8], limits: &HeadLimits) -> Result<(), Misread> {
        self.count += 1;
        if self.count > limits.fields {
            return Err(Misread::HeadTooLarge);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        // A folded line begins with a space, which is in no name.
        let (name, value) = colon
            .map(|at| (&line[..at], line[at + 1..].trim_ascii()))
            .filter(|(name, _)| !name.is_empty() && name.iter().all(|byte| in_a_name(*byte)))
            .ok_or(Misread::Malformed("A header field has no proper name."))?;
        if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(Misread::Malformed("A control character stands in a header field."));
        }
        self.note(name, value)
    }

    fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Misread> {
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let length = digits(value).filter(|_| self.length.is_none());
            self.length = Some(length.ok_or(Misread::Malformed("Content-Length is not one number, said once."))?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Misread::Malformed("Transfer-Encoding is not `chunked`, said once."));
            }
            self.chunked = true;
        }
        Ok(())
    }

    fn body(&self, version: Version) -> Result<Body, Misread> {
        if self.hosts > 1 || (self.hosts == 0 && version == Version::Eleven) {
            return Err(Misread::Malformed("Host is not said once."));
        }
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Misread::Malformed("Content-Length and Transfer-Encoding contradict each other.")),
            (true, None) if version == Version::Ten => Err(Misread::Malformed("HTTP/1.0 knows no Transfer-Encoding.")),
            (true, None) => Ok(Body::Chunked),
            (false, length) => Ok(Body::Length(length.unwrap_or(0))),
        }
    }
}

fn digits(value: &[u8]) -> Option<u64> {
    let plain = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| plain)?.parse().ok()
}

/// RFC 9110, 5.6.2 (`tchar`).
fn in_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 512, fields: 8, target: 64 };

    fn said(lines: &str) -> Result<Body, Misread> {
        read(format!("{}\r\n\r\n", lines.replace('\n', "\r\n")).as_bytes(), &LIMITS)
    }

    #[test]
    fn a_head_says_how_its_body_is_framed() {
        assert_eq!(said("GET / HTTP/1.1\nHost: x"), Ok(Body::Length(0)));
        assert_eq!(said("GET / HTTP/1.0"), Ok(Body::Length(0)));
        assert_eq!(said("POST / HTTP/1.1\nhost: x\ncontent-length: 007"), Ok(Body::Length(7)));
        assert_eq!(said("POST / HTTP/1.1\nhost: x\nTransfer-Encoding: Chunked"), Ok(Body::Chunked));
    }

    #[test]
    fn what_two_readers_may_read_in_two_ways_is_refused() {
        for fields in [
            "host: x\ncontent-length: 5\ntransfer-encoding: chunked",
            "host: x\ntransfer-encoding: chunked\ncontent-length: 5",
            "host: x\ntransfer-encoding: chunked, identity",
            "host: x\ntransfer-encoding: identity, chunked",
            "host: x\ntransfer-encoding: chunked\ntransfer-encoding: chunked",
            "host: x\ntransfer-encoding: \u{b}chunked",
            "host: x\ntransfer-encoding : chunked",
            "host: x\n transfer-encoding: chunked",
            "host: x\ntransfer-encoding: xchunked",
            "host: x\ncontent-length: 5\ncontent-length: 6",
            "host: x\ncontent-length: 5\ncontent-length: 5",
            "host: x\ncontent-length: 5, 5",
            "host: x\ncontent-length: +5",
            "host: x\ncontent-length: -5",
            "host: x\ncontent-length: 0x5",
            "host: x\ncontent-length: ",
            "host: x\ncontent-length: 99999999999999999999",
            "host: x\nhost: y",
            "accept: */*",
            "host: x\nfolded: a\n b",
            "host: x\nno colon",
            "host: x\n: no name",
            "host: x\nnul: a\0b",
            "host: x\ncr: a\rb",
        ] {
            let refused = said(&format!("POST / HTTP/1.1\n{fields}"));
            assert!(matches!(refused, Err(Misread::Malformed(_))), "{fields:?}: {refused:?}");
        }
        for line in ["GET / HTTP/1.1 x", "GET /", "GET  / HTTP/1.1", "GET / HTTP/3.0", "GET /\t HTTP/1.1", ""] {
            assert!(matches!(said(&format!("{line}\nhost: x")), Err(Misread::Malformed(_))), "{line:?}");
        }
        let old = said("POST / HTTP/1.0\ntransfer-encoding: chunked");
        assert!(matches!(old, Err(Misread::Malformed(_))));
    }

    #[test]
    fn what_is_too_large_is_refused_before_its_end_has_come() {
        let long = "x".repeat(65);
        assert_eq!(said(&format!("GET /{long} HTTP/1.1\nhost: x")), Err(Misread::TargetTooLong));
        assert_eq!(said(&format!("GET / HTTP/1.1\nhost: x{}", "\na: b".repeat(8))), Err(Misread::HeadTooLarge));
        assert_eq!(said(&format!("GET / HTTP/1.1\nhost: x\na: {}", long.repeat(8))), Err(Misread::HeadTooLarge));
        assert_eq!(said(&format!("{long}{long} / HTTP/1.1\nhost: x")), Err(Misread::TargetTooLong));
        let mut unended = format!("GET /{long}");
        assert_eq!(may_go_on(unended.as_bytes(), &LIMITS), Ok(()));
        unended.push_str(&long);
        assert_eq!(may_go_on(unended.as_bytes(), &LIMITS), Err(Misread::TargetTooLong));
        let unended = format!("GET / HTTP/1.1\r\na: {}", long.repeat(8));
        assert_eq!(may_go_on(unended.as_bytes(), &LIMITS), Err(Misread::HeadTooLarge));
    }

    #[test]
    fn the_end_of_a_head_is_found_however_it_comes() {
        let head = b"\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let mut searched = 0;
        for length in 0..head.len() {
            assert_eq!(end(&head[..length], &mut searched), Ok(None), "{length}");
        }
        assert_eq!(end(head, &mut searched), Ok(Some(head.len())));
        assert!(end(b"GET / HTTP/1.1\nhost: x\n\n", &mut 0).is_err());
        assert!(end(b"\n", &mut 0).is_err());
    }
}
