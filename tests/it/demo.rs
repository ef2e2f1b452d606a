//! The demo: the main job, played by the real binary, and accounted for to the last order.

use std::process::Command;

#[test]
fn a_day_is_played_and_every_order_accounted_for() {
    let directory = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_haulgate"))
        .args(["demo", "--exit", "--count", "36", "--port", "0", "--directory"])
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
}
