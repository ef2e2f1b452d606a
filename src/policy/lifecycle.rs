//! The life of a contract: preview → active → deprecated → retired, and what makes its end a fair one. Pure: the files
//! say what is claimed, whoever asks says what time it is.

use super::product::{ProductEntry, ProductFile};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// RFC 9745.
pub const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// RFC 8594.
pub const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// How long partners are given at least, from the deprecation to the sunset.
pub const NOTICE_FOR_PARTNERS: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Where a contract stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// It may still change.
    Preview,
    /// It changes only compatibly.
    Active,
    /// It works on until its sunset, for those who had subscribed before.
    Deprecated,
    /// It is not served any more.
    Retired,
}

impl Lifecycle {
    /// As the files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Active => "active",
            Self::Deprecated => "deprecated",
            Self::Retired => "retired",
        }
    }
}

/// How a contract comes to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    pub deprecated_at: Timestamp,
    pub sunset_at: Timestamp,
    pub successor: Option<String>,
    /// Whether the file calls it retired.
    retired: bool,
    /// What every answer of it carries.
    fields: [(HeaderName, HeaderValue); 3],
}

impl Withdrawal {
    /// Where the contract stands now: the date decides, whatever the file calls it.
    pub fn stage(&self, now: Timestamp) -> Lifecycle {
        if self.retired || now >= self.sunset_at { Lifecycle::Retired } else { Lifecycle::Deprecated }
    }

    /// Adds the fields that announce the end. Links join those an answer has already.
    pub fn announce(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.fields {
            headers.append(name, value.clone());
        }
    }
}

/// How this product comes to its end, if it does; or everything that makes its life an unfair one.
pub fn withdrawal(name: &str, file: &ProductFile) -> Result<Option<Withdrawal>, Vec<String>> {
    let entry = &file[name];
    let mistakes = match entry.lifecycle {
        Lifecycle::Preview | Lifecycle::Active => of_the_living(entry),
        Lifecycle::Deprecated | Lifecycle::Retired => of_the_leaving(name, file),
    };
    match (mistakes.is_empty(), entry.deprecated_at, entry.sunset_at) {
        (false, ..) => Err(mistakes),
        (true, Some(deprecated_at), Some(sunset_at)) => Ok(Some(Withdrawal {
            deprecated_at,
            sunset_at,
            successor: entry.successor.clone(),
            retired: entry.lifecycle == Lifecycle::Retired,
            fields: fields(name, deprecated_at, sunset_at, entry.successor.as_deref()),
        })),
        (true, ..) => Ok(None),
    }
}

/// What is not leaving names no end.
fn of_the_living(entry: &ProductEntry) -> Vec<String> {
    let said = [
        ("deprecated_at", entry.deprecated_at.is_some()),
        ("sunset_at", entry.sunset_at.is_some()),
        ("successor", entry.successor.is_some()),
    ];
    let said = said.into_iter().filter(|(_, is_said)| *is_said);
    said.map(|(field, _)| format!("only what is deprecated or retired has a {field}")).collect()
}

fn of_the_leaving(name: &str, file: &ProductFile) -> Vec<String> {
    let entry = &file[name];
    let mut mistakes = Vec::new();
    match (entry.deprecated_at, entry.sunset_at) {
        (Some(deprecated_at), Some(sunset_at)) => mistakes.extend(notice(entry, deprecated_at, sunset_at)),
        (deprecated_at, sunset_at) => {
            let missing = [("deprecated_at", deprecated_at), ("sunset_at", sunset_at)];
            let missing = missing.into_iter().filter(|(_, date)| date.is_none());
            mistakes.extend(missing.map(|(field, _)| format!("what is deprecated or retired has a {field}")));
        }
    }
    match entry.successor.as_deref() {
        Some(successor) => mistakes.extend(succession(name, successor, file)),
        None if entry.lifecycle == Lifecycle::Deprecated => {
            mistakes.push("what is deprecated names its successor".into());
        }
        None => {}
    }
    mistakes
}

/// The sunset comes after the deprecation, and partners have half a year between them.
fn notice(entry: &ProductEntry, deprecated_at: Timestamp, sunset_at: Timestamp) -> Option<String> {
    let notice = sunset_at.duration_since(deprecated_at);
    let for_partners = entry.audience.contains(&super::consumer::Audience::Partner);
    if !notice.is_positive() {
        Some("sunset_at comes after deprecated_at".into())
    } else if for_partners && notice < NOTICE_FOR_PARTNERS {
        let (given, due) = (notice.as_hours() / 24, NOTICE_FOR_PARTNERS.as_hours() / 24);
        Some(format!("partners have {due} days from deprecated_at to sunset_at, not {given}"))
    } else {
        None
    }
}

/// Everybody who has to move can move, and does not have to move again.
fn succession(name: &str, successor: &str, file: &ProductFile) -> Option<String> {
    let Some(next) = file.get(successor) else { return Some(format!("there is no successor {successor}")) };
    if next.lifecycle != Lifecycle::Active {
        return Some(format!("the successor {successor} is not active"));
    }
    let left = file[name].audience.difference(&next.audience).next();
    left.map(|audience| format!("the successor {successor} is not for the audience {}", audience.name()))
}

/// The fields of RFC 9745 and RFC 8594: two formats for two dates, as the two documents have them.
fn fields(
    name: &str,
    deprecated_at: Timestamp,
    sunset_at: Timestamp,
    successor: Option<&str>,
) -> [(HeaderName, HeaderValue); 3] {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&sunset_at).unwrap_or_default();
    let mut links = format!(
        "</docs/lifecycle/{name}>; rel=\"deprecation\"; type=\"text/html\", \
         </docs/lifecycle>; rel=\"sunset\"; type=\"text/html\""
    );
    if let Some(successor) = successor {
        links += &format!(", </openapi/{successor}.yaml>; rel=\"successor-version\"; type=\"application/yaml\"");
    }
    let value = |text: String| HeaderValue::try_from(text).expect("names and dates are visible text");
    [
        (DEPRECATION, value(format!("@{}", deprecated_at.as_second()))),
        (SUNSET, value(date)),
        (header::LINK, value(links)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPRECATED: &str = "lifecycle = \"deprecated\"\ndeprecated_at = 2026-11-24T00:00:00Z\n";
    const NEXT: &str = "successor = \"experience/partner.v2\"\n";

    /// What comes of a partner's contract with these lines, beside an active second version.
    fn life(lines: &str) -> Result<Option<Withdrawal>, Vec<String>> {
        let text = |name: &str, lines: &str| {
            format!(
                "[\"{name}\"]\nowner = \"o\"\ncontact = \"o@x.example\"\naudience = [\"partner\"]\n\
                 data_class = \"personal\"\nsla = {{ availability_percent = 99.9, p99_ms = 500 }}\n{lines}\n"
            )
        };
        let first = text("experience/partner.v1", lines);
        let second = text("experience/partner.v2", "lifecycle = \"active\"");
        let third = text("experience/partner.v3", "lifecycle = \"preview\"");
        let fourth = text("process/orders.v1", "lifecycle = \"active\"").replace("[\"partner\"]", "[\"internal\"]");
        let file: ProductFile = toml::from_str(&(first + &second + &third + &fourth)).expect("a readable file");
        withdrawal("experience/partner.v1", &file)
    }

    #[test]
    fn a_life_is_fair_or_says_why_not() {
        let deprecated = |rest: &str| format!("{DEPRECATED}{rest}");
        let table: &[(&str, &[&str])] = &[
            ("lifecycle = \"preview\"", &[]),
            ("lifecycle = \"active\"", &[]),
            (&deprecated(&format!("sunset_at = 2027-05-23T00:00:00Z\n{NEXT}")), &[]),
            ("lifecycle = \"retired\"\ndeprecated_at = 2026-01-01T00:00:00Z\nsunset_at = 2026-07-01T00:00:00Z", &[]),
            (
                "lifecycle = \"active\"\nsunset_at = 2027-06-30T00:00:00Z",
                &["only what is deprecated or retired has a sunset_at"],
            ),
            (
                &format!("lifecycle = \"preview\"\ndeprecated_at = 2027-06-30T00:00:00Z\n{NEXT}"),
                &[
                    "only what is deprecated or retired has a deprecated_at",
                    "only what is deprecated or retired has a successor",
                ],
            ),
            (DEPRECATED, &["what is deprecated or retired has a sunset_at", "what is deprecated names its successor"]),
            (
                "lifecycle = \"retired\"\nsunset_at = 2026-07-01T00:00:00Z",
                &["what is deprecated or retired has a deprecated_at"],
            ),
            (
                &deprecated(&format!("sunset_at = 2026-11-24T00:00:00Z\n{NEXT}")),
                &["sunset_at comes after deprecated_at"],
            ),
            (
                &deprecated(&format!("sunset_at = 2027-05-22T23:59:59Z\n{NEXT}")),
                &["partners have 180 days from deprecated_at to sunset_at, not 179"],
            ),
            (
                &deprecated("sunset_at = 2027-06-30T00:00:00Z\nsuccessor = \"experience/partner.v9\""),
                &["there is no successor experience/partner.v9"],
            ),
            (
                &deprecated("sunset_at = 2027-06-30T00:00:00Z\nsuccessor = \"experience/partner.v3\""),
                &["the successor experience/partner.v3 is not active"],
            ),
            (
                &deprecated("sunset_at = 2027-06-30T00:00:00Z\nsuccessor = \"experience/partner.v1\""),
                &["the successor experience/partner.v1 is not active"],
            ),
            (
                &deprecated("sunset_at = 2027-06-30T00:00:00Z\nsuccessor = \"process/orders.v1\""),
                &["the successor process/orders.v1 is not for the audience partner"],
            ),
        ];
        for (lines, expected) in table {
            let mistakes = life(lines).err().unwrap_or_default();
            assert_eq!(mistakes, *expected, "{lines}");
        }
    }

    #[test]
    fn the_fields_are_those_of_the_two_rfcs() {
        let end = life(&format!("{DEPRECATED}sunset_at = 2027-06-30T23:59:59Z\n{NEXT}")).unwrap().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::LINK, HeaderValue::from_static("</next>; rel=\"next\""));
        end.announce(&mut headers);
        assert_eq!(headers[DEPRECATION], "@1795478400");
        assert_eq!(headers[SUNSET], "Wed, 30 Jun 2027 23:59:59 GMT");
        let links: Vec<_> = headers.get_all(header::LINK).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(links[0], "</next>; rel=\"next\"", "what was there stays");
        assert_eq!(
            links[1],
            "</docs/lifecycle/experience/partner.v1>; rel=\"deprecation\"; type=\"text/html\", \
             </docs/lifecycle>; rel=\"sunset\"; type=\"text/html\", \
             </openapi/experience/partner.v2.yaml>; rel=\"successor-version\"; type=\"application/yaml\""
        );
    }

    #[test]
    fn the_date_decides_whatever_the_file_calls_it() {
        let end = life(&format!("{DEPRECATED}sunset_at = 2027-06-30T00:00:00Z\n{NEXT}")).unwrap().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(end.stage(at("2027-06-29T23:59:59Z")), Lifecycle::Deprecated);
        assert_eq!(end.stage(at("2027-06-30T00:00:00Z")), Lifecycle::Retired);
    }
}
