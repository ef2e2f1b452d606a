//! `Retry-After` (RFC 9110, 10.2.3): how long a system asks us to wait, in seconds or until a date.

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// Nobody is believed who asks for more.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait; nothing where the answer does not say, or says it in no form there is. A date counts from the
/// answer's own `Date`, since both come from one clock, and from ours where it has none.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Duration {
    let Some(text) = text(headers, RETRY_AFTER) else { return Duration::ZERO };
    let wait = match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(headers, text, now),
    };
    wait.unwrap_or(Duration::ZERO).min(LONGEST)
}

fn until(headers: &HeaderMap, date: &str, now: Timestamp) -> Option<Duration> {
    let asked = httpdate::parse_http_date(date).ok()?;
    let sent = text(headers, DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    let sent = sent.unwrap_or_else(|| SystemTime::from(now));
    Some(asked.duration_since(sent).unwrap_or_default())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NINE: &str = "Mon, 23 Nov 2026 09:00:00 GMT";

    fn wait(fields: &[(HeaderName, &str)]) -> u64 {
        let fields = fields.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value")));
        let now = "2026-11-23T08:59:00Z".parse().expect("an instant");
        retry_after(&fields.collect(), now).as_secs()
    }

    #[test]
    fn seconds_and_all_three_forms_of_a_date_say_how_long() {
        assert_eq!(wait(&[(RETRY_AFTER, " 120 ")]), 120);
        for date in [NINE, "Monday, 23-Nov-26 09:00:00 GMT", "Mon Nov 23 09:00:00 2026"] {
            assert_eq!(wait(&[(RETRY_AFTER, date)]), 60, "{date}");
        }
    }

    #[test]
    fn a_date_counts_from_the_clock_of_who_sent_it() {
        let sent = "Mon, 23 Nov 2026 08:58:00 GMT";
        assert_eq!(wait(&[(RETRY_AFTER, NINE), (DATE, sent)]), 120);
        assert_eq!(wait(&[(RETRY_AFTER, sent), (DATE, NINE)]), 0, "it is over");
    }

    #[test]
    fn what_is_no_such_thing_says_nothing_and_nobody_asks_for_more_than_a_day() {
        assert_eq!(wait(&[]), 0);
        for nonsense in ["soon", "-5", "1.5", "23 Nov", "99999999999999999999999"] {
            assert_eq!(wait(&[(RETRY_AFTER, nonsense)]), 0, "{nonsense}");
        }
        for long in ["4000000", "Mon, 23 Nov 2037 09:00:00 GMT"] {
            assert_eq!(wait(&[(RETRY_AFTER, long)]), 86_400, "{long}");
        }
    }
}
