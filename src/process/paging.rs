//! Pages: how every collection is walked, newest first, by an opaque cursor that fits only its own list.

use crate::{
    error::Error,
    ids::hexadecimal,
    policy::Call,
    reply::Reply,
    store::{Cursor, Entity, Slice},
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

const LARGEST: u32 = 200;

/// What is percent-encoded where a filter stands in a link.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-').remove(b':').remove(b'/').remove(b',');

/// Which part of a collection is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// The `next` of the page before; opaque.
    #[param(max_length = 400)]
    pub cursor: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}

/// A page of a collection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paged<T> {
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Opened {
    at: i64,
    id: String,
    list: String,
}

impl Page {
    /// Where to go on, for the store. `filters` is whatever else the list was asked by.
    pub fn after(&self, call: &Call, filters: &str) -> Result<Option<Cursor>, Error> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let foreign = || Error::invalid("invalid_cursor", "Follow the next link as it was given.");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign())?;
        let opened: Opened = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
        if opened.list != list(call, filters) {
            return Err(foreign());
        }
        let created = Timestamp::from_microsecond(opened.at).map_err(|_| foreign())?;
        Ok(Some(Cursor { created, id: opened.id }))
    }

    pub fn limit(&self) -> Result<u32, Error> {
        let limit = self.limit.unwrap_or(50);
        if (1..=LARGEST).contains(&limit) {
            return Ok(limit);
        }
        Err(Error::invalid("malformed_parameter", format!("limit lies between 1 and {LARGEST}.")))
    }
}

/// The filters that were given, as they stand in a link and as a cursor is bound to them.
pub fn written<const N: usize>(filters: [(&str, Option<String>); N]) -> String {
    let given = filters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let texts = given.map(|(name, value)| format!("{name}={}", utf8_percent_encode(&value, ENCODED)));
    texts.collect::<Vec<_>>().join("&")
}

/// A state as it is written on the wire.
pub fn word(state: &impl Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word,
        _ => unreachable!("a state is one word"),
    }
}

/// The page a slice of the store comes to, with the link to the next one (RFC 8288).
pub fn listed<E: Entity, V: Serialize>(
    call: &Call,
    path: &str,
    filters: &str,
    slice: Slice<E>,
    view: impl Fn(&E) -> V,
) -> Reply {
    let items = slice.rows.iter().map(|loaded| view(&loaded.state)).collect();
    paged(call, path, filters, items, slice.next)
}

/// A page of anything that is walked by an instant and an id.
pub fn paged<V: Serialize>(call: &Call, path: &str, filters: &str, items: Vec<V>, next: Option<Cursor>) -> Reply {
    let (next, link) = next_page(call, path, filters, filters, next);
    let reply = Reply::ok(&Paged { items, next });
    match link {
        Some(link) => reply.with("link", link),
        None => reply,
    }
}

/// The next page's cursor and link. `bound` is what the cursor fits: the filters, and whatever else names the list.
pub fn next_page(
    call: &Call,
    path: &str,
    filters: &str,
    bound: &str,
    next: Option<Cursor>,
) -> (Option<String>, Option<String>) {
    let cursor = next.map(|cursor| {
        let opened = Opened { at: cursor.created.as_microsecond(), id: cursor.id, list: list(call, bound) };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&opened).expect("a cursor is plain data"))
    });
    let link = cursor.as_ref().map(|cursor| {
        let joint = if filters.is_empty() { String::new() } else { format!("{filters}&") };
        format!("<{path}?{joint}cursor={cursor}>; rel=\"next\"")
    });
    (cursor, link)
}

/// What a cursor is bound to: the consumer, the operation and the filters.
fn list(call: &Call, filters: &str) -> String {
    let text = format!("{}\n{}\n{filters}", call.consumer().id, call.governed().operation.key);
    hexadecimal(&digest(&SHA256, text.as_bytes()).as_ref()[..8])
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn filters_stand_in_a_link_so_that_they_are_read_as_they_were_given() {
        let filters = [("state", Some("held,released".into())), ("party", None), ("number", Some("a&b=\"é >".into()))];
        let text = written(filters);
        assert_eq!(text, "state=held,released&number=a%26b%3D%22%C3%A9%20%3E");
        let read: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
        assert_eq!(read, [("state".into(), "held,released".into()), ("number".into(), "a&b=\"é >".into())]);
    }
}
