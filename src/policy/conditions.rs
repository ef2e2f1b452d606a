//! What a request makes its effect depend on (RFC 9110 §13): `If-Match` and `If-None-Match`, held against the version a
//! resource has. Only strong tags are given out, one a version. Dates are not compared: no resource has one.

use crate::{error::Error, reply::etag};
use axum::http::{HeaderMap, HeaderName, header};

/// The conditions of a request. A field that is no list of tags names no version there is.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    These(Vec<Tag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    /// With its quotes.
    opaque: String,
}

impl Conditions {
    pub fn of(headers: &HeaderMap) -> Self {
        Self { if_match: tags(headers, header::IF_MATCH), if_none_match: tags(headers, header::IF_NONE_MATCH) }
    }

    /// Of a read: whether the caller holds this version already, so that there is nothing to send. What has to be there
    /// comes first here, too.
    pub fn holds(&self, version: i64) -> Result<bool, Error> {
        if self.if_match.as_ref().is_some_and(|tags| !tags.name(version, false)) {
            return Err(Error::PreconditionFailed);
        }
        Ok(self.if_none_match.as_ref().is_some_and(|tags| tags.name(version, true)))
    }

    /// Holds the caller to the version it read, which it has to name.
    pub fn expects(&self, version: i64) -> Result<(), Error> {
        if self.if_match.is_none() && self.if_none_match.is_none() {
            return Err(Error::PreconditionRequired);
        }
        self.allow(Some(version))?;
        if self.if_match.is_none() { Err(Error::PreconditionRequired) } else { Ok(()) }
    }

    /// The same for a resource that is made where there is none yet.
    pub fn expects_known(&self, version: Option<i64>) -> Result<(), Error> {
        match version {
            Some(version) => self.expects(version),
            None => self.allow(None),
        }
    }

    /// In the order of RFC 9110 §13.2.2: first what has to be there, then what must not be.
    fn allow(&self, version: Option<i64>) -> Result<(), Error> {
        let named = |tags: &Tags, weakly| version.is_some_and(|version| tags.name(version, weakly));
        let present = self.if_match.as_ref().is_none_or(|tags| named(tags, false));
        let absent = self.if_none_match.as_ref().is_none_or(|tags| !named(tags, true));
        if present && absent { Ok(()) } else { Err(Error::PreconditionFailed) }
    }
}

impl Tags {
    /// A weak tag is none where the comparison is strong (RFC 9110 §8.8.3.2).
    fn name(&self, version: i64, weakly: bool) -> bool {
        let current = etag(version);
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| tag.opaque == current && (weakly || !tag.weak)),
        }
    }
}

/// The tags of a field, over all of its lines.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Tags> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    if lines.is_empty() {
        return None;
    }
    let text = lines.join(",");
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    Some(Tags::These(listed(&text).unwrap_or_default()))
}

/// `1#entity-tag`: tags with commas between them, and commas within their quotes.
fn listed(text: &str) -> Option<Vec<Tag>> {
    let (mut tags, mut rest) = (Vec::new(), text.trim_start_matches([' ', '\t', ',']));
    while !rest.is_empty() {
        let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |rest| (true, rest));
        let end = quoted.strip_prefix('"')?.find('"')? + 2;
        let (opaque, after) = quoted.split_at(end);
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        tags.push(Tag { weak, opaque: opaque.to_owned() });
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn whatever_a_field_holds_no_version_is_named_by_chance(bytes in vec(any::<u8>(), 0..60), text in "[W/\", *0-9]{0,20}") {
            let mut headers = HeaderMap::new();
            for bytes in [bytes, text.clone().into_bytes()] {
                headers.extend(HeaderValue::from_bytes(&bytes).ok().map(|value| (header::IF_MATCH, value)));
            }
            let matched = Conditions::of(&headers).expects(3).is_ok();
            let named = headers.get_all(header::IF_MATCH).iter().any(|value| {
                let text = String::from_utf8_lossy(value.as_bytes());
                text.contains("\"3\"") || text.trim() == "*"
            });
            prop_assert!(!matched || named || text.is_empty());
        }
    }

    fn conditions(fields: &[(&'static str, &str)]) -> Conditions {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        Conditions::of(&headers)
    }

    /// What is answered to a change of a resource at version 3, with these fields.
    fn answer(fields: &[(&'static str, &str)]) -> u16 {
        conditions(fields).expects(3).map_or_else(|error| error.problem().status, |()| 200)
    }

    #[test]
    fn a_change_names_the_version_it_is_about() {
        for (tag, status) in [
            ("\"3\"", 200),
            ("*", 200),
            (" \"2\" , \"3\"", 200),
            (",\"3\",", 200),
            ("\"a,b\", \"3\"", 200),
            ("\"2\"", 412),
            ("W/\"3\"", 412),
            ("W/\"3\", \"3\"", 200),
            ("3", 412),
            ("", 412),
            ("\"3", 412),
            ("\"3\" \"2\"", 412),
            ("\"3\", 3", 412),
            ("w/\"3\"", 412),
            ("*, \"3\"", 412),
        ] {
            assert_eq!(answer(&[("if-match", tag)]), status, "{tag}");
        }
        assert_eq!(answer(&[]), 428);
        assert_eq!(answer(&[("if-match", "\"2\""), ("if-match", "\"3\"")]), 200, "over two lines");
    }

    #[test]
    fn what_must_be_there_comes_before_what_must_not() {
        assert_eq!(answer(&[("if-match", "\"3\""), ("if-none-match", "\"3\"")]), 412);
        assert_eq!(answer(&[("if-match", "\"3\""), ("if-none-match", "\"2\"")]), 200);
        assert_eq!(answer(&[("if-none-match", "*")]), 412);
        assert_eq!(answer(&[("if-none-match", "\"2\"")]), 428);
    }

    #[test]
    fn a_resource_is_made_only_where_there_is_none() {
        let made = |fields: &[(&'static str, &str)], version| conditions(fields).expects_known(version).is_ok();
        assert!(made(&[], None) && made(&[("if-none-match", "*")], None));
        assert!(!made(&[("if-match", "*")], None) && !made(&[("if-match", "\"1\"")], None));
        assert!(!made(&[("if-none-match", "*")], Some(1)) && !made(&[], Some(1)));
    }

    #[test]
    fn what_the_caller_holds_is_not_sent_again() {
        for (tag, held) in [("\"3\"", true), ("W/\"3\"", true), ("*", true), ("\"2\"", false), ("3", false)] {
            assert_eq!(conditions(&[("if-none-match", tag)]).holds(3).ok(), Some(held), "{tag}");
        }
        assert_eq!(conditions(&[("if-match", "\"3\"")]).holds(3).ok(), Some(false));
    }

    #[test]
    fn what_is_read_on_condition_is_read_at_that_version_or_not_at_all() {
        for tag in ["\"2\"", "W/\"3\"", "nonsense", ""] {
            let refused = conditions(&[("if-match", tag), ("if-none-match", "\"3\"")]).holds(3);
            assert_eq!(refused.unwrap_err().problem().status, 412, "{tag}");
        }
        for tag in ["*", "\"2\", \"3\""] {
            assert_eq!(conditions(&[("if-match", tag), ("if-none-match", "\"3\"")]).holds(3).ok(), Some(true), "{tag}");
        }
    }
}
