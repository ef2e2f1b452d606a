//! The entry: what is taken off a request before anybody looks at it, and paths that could be read in two ways. Whoever
//! calls is known by token and certificate alone; a field that says so is somebody's wish. No part of a path is rewritten:
//! it has one reading, the same for the router and for whoever decides, or it is refused.

use crate::{error::Error, listener::Misread};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;

/// Fields by which proxies tell who calls and what was asked: nothing here reads them, and nothing behind is to.
const CLAIMED: [&str; 26] = [
    "baggage",
    "client-cert",
    "client-cert-chain",
    "forwarded",
    "remote-user",
    "ssl-client-cert",
    "x-amzn-oidc-identity",
    "x-api-key",
    "x-client-cert",
    "x-client-dn",
    "x-client-id",
    "x-email",
    "x-groups",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-uri",
    "x-original-url",
    "x-party",
    "x-real-ip",
    "x-remote-user",
    "x-rewrite-url",
    "x-role",
    "x-roles",
    "x-tenant",
    "x-user",
];
/// The same, by how they begin.
const CLAIMING: [&str; 8] = [
    "x-auth-request-",
    "x-authenticated-",
    "x-client-cert-",
    "x-consumer-",
    "x-forwarded-",
    "x-ms-client-principal",
    "x-ssl-",
    "x-user-",
];

/// The layer before everything that looks at fields or paths.
pub async fn come_in(mut request: Request, next: Next) -> Response {
    if let Some(misread) = request.extensions().get::<Misread>() {
        return Error::gate(misread.code(), misread.detail()).into_response();
    }
    take_off(request.headers_mut());
    if let Err(flaw) = plain_path(request.uri().path()) {
        return Error::gate("malformed_path", flaw).into_response();
    }
    next.run(request).await
}

fn take_off(fields: &mut HeaderMap) {
    let claims = |name: &&HeaderName| {
        let name = name.as_str();
        CLAIMED.contains(&name) || CLAIMING.iter().any(|beginning| name.starts_with(beginning))
    };
    let claimed: Vec<_> = fields.keys().filter(claims).cloned().collect();
    for name in claimed {
        fields.remove(name);
    }
}

/// A path with one reading (RFC 3986 §3.3): segments of visible text, none empty but the last, none a step up.
pub fn plain_path(path: &str) -> Result<(), &'static str> {
    let segments = path.strip_prefix('/').ok_or("A path begins with a slash.")?.split('/');
    let last = segments.clone().count() - 1;
    for (place, segment) in segments.enumerate() {
        if segment.is_empty() && place != last {
            return Err("A segment of the path is empty.");
        }
        plain_segment(segment)?;
    }
    Ok(())
}

fn plain_segment(segment: &str) -> Result<(), &'static str> {
    let written = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@%".contains(&byte);
    if !segment.bytes().all(written) {
        return Err("The path holds a character that has to be percent-encoded, or a parameter.");
    }
    let whole = |encoded: &str| encoded.as_bytes().get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    if !segment.split('%').skip(1).all(whole) {
        return Err("A percent-encoding in the path is not whole.");
    }
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| "The path is no UTF-8.")?;
    let hidden = |character: char| character.is_control() || matches!(character, '/' | '\\' | '%' | ';');
    if decoded.contains(hidden) {
        return Err("The path hides a separator or a control character.");
    }
    if decoded == "." || decoded == ".." { Err("The path steps aside or up.") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_has_one_reading_or_is_refused() {
        for good in [
            "/",
            "/console/",
            "/process/orders/v1/orders/ord_1",
            "/a/ord%5F1",
            "/a/shp_1.1",
            "/a/S%C3%B6ren",
            "/a/x..y",
        ] {
            assert_eq!(plain_path(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "*",
            "a",
            "//",
            "//a",
            "/a//b",
            "/a/../b",
            "/a/./b",
            "/..",
            "/a/..",
            "/a/%2e%2e/b",
            "/a/.%2E",
            "/a/%2e",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a;x=1",
            "/a/b;x",
            "/a%3bx",
            "/a%00",
            "/a%0d%0ab",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%25",
            "/a%252e%252e",
            "/a/%c0%ae%c0%ae",
            "/a/%e0%80%af",
            "/a/%ff",
            "/a b",
            "/a\"b",
            "/a/%ed%a0%80",
            "/a<b",
            "/a|b",
            "/a^b",
            "/é",
        ] {
            assert!(plain_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_proxies_claim_is_taken_off() {
        let mut fields = HeaderMap::new();
        for name in
            ["x-forwarded-user", "x-forwarded-for", "forwarded", "x-user", "x-consumer-id", "x-client-cert-hash"]
        {
            fields.insert(HeaderName::from_static(name), "erp".parse().unwrap());
        }
        for name in ["authorization", "traceparent", "x-correlation-id", "x-useful"] {
            fields.insert(HeaderName::from_static(name), "kept".parse().unwrap());
        }
        take_off(&mut fields);
        assert_eq!(fields.len(), 4, "{fields:?}");
    }

    /// The path as a reader takes it that decodes first and walks then, as many a server in front or behind does.
    fn walked(path: &str) -> Option<Vec<String>> {
        let mut walked = Vec::new();
        let decoded = percent_decode_str(path).decode_utf8().ok()?.replace('\\', "/");
        for segment in decoded.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
            match segment {
                "" | "." => {}
                ".." => drop(walked.pop()),
                other => walked.push(other.to_owned()),
            }
        }
        Some(walked)
    }

    /// The path as the router takes it: cut first, decoded then.
    fn routed(path: &str) -> Option<Vec<String>> {
        let decoded = |segment: &str| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
        path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100_000, ..ProptestConfig::default() })]

        #[test]
        fn whoever_decides_and_whoever_routes_see_the_same_path(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("/"), Just("//"), Just("/../"), Just("/./"), Just(".."), Just("."), Just("%2e"), Just("%2E"), Just("%2f"),
                    Just("%5c"), Just("\\"), Just(";x=1"), Just("%3B"), Just("%00"), Just("%25"), Just("%c0%ae"), Just("%ff"),
                    Just("%"), Just("%4"), Just("orders"), Just("ord_1"), Just("%6frders"), Just("ORDERS"), Just("é"), Just(":"),
                ],
                0..8,
            )
        ) {
            let path = format!("/{}", pieces.concat());
            if plain_path(&path).is_ok() {
                let seen = routed(&path);
                prop_assert!(seen.is_some());
                prop_assert_eq!(&seen, &walked(&path), "{}", path);
                // Read once more, as by somebody who decodes twice, it is still the same.
                let again = seen.unwrap().join("/");
                prop_assert_eq!(routed(&again), walked(&path), "{}", path);
            }
        }
    }
}
