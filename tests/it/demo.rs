//! The demo: the main job, played by the real binary, and accounted for to the last order.

use std::process::Command;

#[test]
fn a_day_is_played_and_every_order_accounted_for() {
    let directory = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_haulgate"))
        .args(["demo", "--exit", "--count", "36", "--port", "0"])
        .args(["--log", "debug,haulgate=trace,hyper=trace,h2=debug", "--directory"])
        .arg(directory.path().join("demo"))
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let account = said.lines().find(|line| line.trim_start().starts_with("released ")).expect("there is an account");
    let (released, ends) = account.split_once('=').unwrap_or_else(|| panic!("it does not balance: {account}"));
    let numbers =
        |text: &str| text.split_whitespace().filter_map(|word| word.parse::<usize>().ok()).collect::<Vec<_>>();
    assert_eq!(numbers(released), [36], "{account}");
    assert_eq!(numbers(ends).iter().sum::<usize>(), 36, "{account}");
    assert!(said.contains("posted or invoiced twice: 0"), "{said}");
    hold_the_log(&String::from_utf8_lossy(&output.stderr));
}

/// What no line of a log may hold, whatever its level: credentials, keys, secrets, and who somebody is or lives.
const UNSPOKEN: [&str; 14] = [
    "eyJ",
    "Bearer ",
    "DPoP ",
    "whsec_",
    "change-me",
    "signature=",
    "idempotency-key",
    "Idempotency-Key",
    "authorization:",
    "The receiver",
    "Branch ",
    "received_by",
    "@example",
    "postal_code",
];

/// The log of a whole day is one JSON object a line, with nothing in it that is nobody else's business.
fn hold_the_log(log: &str) {
    let lines: Vec<_> = log.lines().collect();
    assert!(lines.len() > 500, "the log of a day has {} lines", lines.len());
    for line in lines {
        let read: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(read["level"].is_string(), "{line}");
        let spoken: Vec<_> = UNSPOKEN.into_iter().filter(|word| line.contains(word)).collect();
        assert!(spoken.is_empty(), "the log tells {spoken:?}: {line}");
    }
}
