//! The arrows of the architecture: who may use whom. Reads `src/` and names file, line and the forbidden arrow.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A module, and what must not stand in it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "domain",
        &["crate::", "async ", "await", "sqlx", "tokio", "axum", "Timestamp::now", "Zoned::now", "rand::", "Uuid"],
    ),
    (
        "store",
        &["axum", "crate::process", "crate::experience", "crate::system", "crate::policy", "crate::relay", "reqwest"],
    ),
    ("system", &["crate::store", "crate::process", "crate::experience", "crate::policy", "crate::relay"]),
    ("relay", &["axum", "crate::process", "crate::experience", "crate::policy"]),
    ("process", &["crate::experience", "crate::relay"]),
    ("experience", &["crate::store", "crate::system", "crate::relay", ".store", ".connectors"]),
    ("contract", &["crate::"]),
    ("overload", &["crate::", "axum"]),
    (
        "listener",
        &["crate::store", "crate::process", "crate::experience", "crate::system", "crate::relay", "crate::app"],
    ),
    ("policy", &["crate::process", "crate::experience", "crate::system", "crate::relay"]),
];

/// What stands in a module although the table forbids it, each with its reason.
const EXCEPTED: &[(&str, &str)] = &[
    ("domain", "crate::domain"),
    ("contract", "crate::contract"),
    ("overload", "crate::contract"),
    ("overload", "crate::overload"),
];

#[test]
fn every_module_uses_only_what_it_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut crossed = Vec::new();
    for (module, forbidden) in FORBIDDEN {
        for file in files(&source, module) {
            let text = fs::read_to_string(&file).expect("a source file can be read");
            let shown = file.strip_prefix(&source).expect("it lies in src").display().to_string();
            crossed.extend(
                arrows(module, forbidden, &text)
                    .map(|(line, arrow)| format!("src/{shown}:{line}: {module} must not use {arrow}")),
            );
        }
    }
    assert!(crossed.is_empty(), "forbidden arrows:\n{}", crossed.join("\n"));
}

/// Lines of a module's code, tests and comments aside, where something forbidden stands.
fn arrows<'a>(module: &'a str, forbidden: &'a [&'a str], text: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).flat_map(move |(number, line)| {
        let excepted = EXCEPTED.iter().filter(|(of, _)| *of == module);
        let line = excepted.fold(line.to_owned(), |line, (_, allowed)| line.replace(allowed, ""));
        forbidden.iter().filter(move |arrow| line.contains(**arrow)).map(move |arrow| (number + 1, *arrow))
    })
}

pub fn files(source: &Path, module: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        Some(source.join(format!("{module}.rs"))).into_iter().filter(|file| file.is_file()).collect();
    let mut folders = vec![source.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.components().any(|part| part.as_os_str() == "tests")
            {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_forbidden_arrow_is_found_and_named() {
    let text = "use crate::store::Store;\n// crate::process is spoken of\nlet x = app.store;\n";
    let found: Vec<_> = arrows("experience", &["crate::store", ".store"], text).collect();
    assert_eq!(found, [(1, "crate::store"), (3, ".store")]);
}
