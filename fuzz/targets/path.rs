//! Paths: one that is let in is read alike by whoever decodes before it walks, by the router, and by whoever reads twice.

#![no_main]

use haulgate::stack::plain_path;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;

fuzz_target!(|path: &str| {
    if plain_path(path).is_err() {
        return;
    }
    let seen = routed(path).expect("a path that is let in is text");
    assert_eq!(seen, walked(path), "{path}");
    assert!(seen.iter().all(|segment| segment != ".." && segment != "." && !segment.contains(['/', '\\', '\0'])));
    let again = format!("/{}", seen.join("/"));
    assert_eq!(routed(&again).as_ref(), Some(&seen), "decoded twice: {path}");
    assert_eq!(walked(&again), seen, "decoded twice: {path}");
});

/// As the router takes it: cut first, decoded then.
fn routed(path: &str) -> Option<Vec<String>> {
    let decoded = |segment: &str| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
    path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect()
}

/// As many a server in front or behind takes it: decoded first, then without parameters and with every step taken.
fn walked(path: &str) -> Vec<String> {
    let decoded = percent_decode_str(path).decode_utf8_lossy().replace('\\', "/");
    let mut walked: Vec<String> = Vec::new();
    for segment in decoded.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "" | "." => {}
            ".." => drop(walked.pop()),
            other => walked.push(other.to_owned()),
        }
    }
    walked
}
