//! Which module may name which. Arrows point down the list only, so the layering can't rot.

use super::{files, read, root};

/// Every top-level module of `src`, lowest first, with the modules it may name.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("loopback", &[]),
    ("trust", &[]),
    ("evidence", &["domain"]),
    ("content", &["domain"]),
    ("render", &["domain"]),
    ("clients", &["domain", "render"]),
    ("check", &["domain", "render", "clients"]),
    ("dkim", &["domain", "render"]),
    ("delivery", &["domain", "render", "dkim"]),
    ("ledger", &["domain", "trust", "delivery"]),
    ("smtp", &["domain", "trust", "delivery"]),
    ("outbox", &["domain", "delivery"]),
    ("dns", &["domain"]),
    ("workspace", &["domain", "content"]),
    ("proof", &["domain", "render", "clients", "check", "workspace"]),
    ("runner", &["domain", "render", "delivery"]),
    // A preview can't send: it may name neither `ledger` nor `smtp`, `delivery` or `runner`.
    ("preview", &["domain", "loopback", "render", "clients", "check", "workspace", "proof"]),
    ("inbox", &["domain", "loopback"]),
    (
        "cli",
        &[
            "domain",
            "loopback",
            "trust",
            "evidence",
            "content",
            "render",
            "clients",
            "check",
            "dkim",
            "delivery",
            "ledger",
            "smtp",
            "outbox",
            "dns",
            "workspace",
            "proof",
            "runner",
            "preview",
            "inbox",
        ],
    ),
];

const FILE_LINES_MAX: usize = 400;

/// Returns `code` without line comments, so that prose may name anything.
fn without_comments(code: &str) -> String {
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Returns the top-level modules that `code` names after `crate::`, alone or in a group.
fn named_modules(code: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let code = without_comments(code);
    let mut names = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        if !rest.starts_with('{') {
            names.push(rest.chars().take_while(|c| is_word(*c)).collect());
            continue;
        }
        // In a group only the first word after `{` or `,` at the outer level is a module.
        let (mut depth, mut expects_name, mut name) = (0, false, String::new());
        for c in rest.chars() {
            if is_word(c) && expects_name {
                name.push(c);
                continue;
            }
            if !name.is_empty() {
                names.push(std::mem::take(&mut name));
                expects_name = false;
            }
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            expects_name = (depth == 1 && matches!(c, '{' | ',')) || (expects_name && c.is_whitespace());
            if depth == 0 {
                break;
            }
        }
    }
    names
}

fn check_module(module: &str, code: &str) -> Vec<String> {
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
        return vec![format!("module `{module}` has no row in tests/it/tidy/layers.rs: say where it stands")];
    };
    let forbidden =
        named_modules(code).into_iter().filter(|name| name != module && !allowed.contains(&name.as_str()));
    let mut complaints: Vec<_> = forbidden.map(|name| format!("`{module}` may not name `{name}`")).collect();
    if code.contains("super::super") {
        complaints.push("`super::super` hides where it leads: write `crate::…`".to_owned());
    }
    complaints
}

#[test]
fn layers_point_downwards() {
    for (index, (module, allowed)) in LAYERS.iter().enumerate() {
        for name in *allowed {
            let is_below = LAYERS[..index].iter().any(|(lower, _)| lower == name);
            assert!(is_below, "`{module}` → `{name}` points upwards or nowhere");
        }
    }
}

#[test]
fn every_module_keeps_to_its_layer() {
    let source = root().join("src");
    let mut complaints = Vec::new();
    for file in files(&source, "rs") {
        let inside = file.strip_prefix(&source).expect("below src");
        let module =
            inside.components().next().and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
        // `main.rs` and `lib.rs` only tie the modules together.
        if inside.components().count() == 1 {
            continue;
        }
        let found = check_module(module, &read(&file));
        complaints
            .extend(found.into_iter().map(|complaint| format!("src/{}: {complaint}", inside.display())));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_sitting() {
    let folders = ["src", "tests", "benches"].map(|name| root().join(name));
    let long = folders.iter().flat_map(|folder| files(folder, "rs")).filter_map(|file| {
        let lines = read(&file).lines().count();
        (lines > FILE_LINES_MAX)
            .then(|| format!("{}: {lines} lines, at most {FILE_LINES_MAX}", file.display()))
    });
    let long: Vec<_> = long.collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_rules_bite() {
    for (module, code) in [
        ("preview", "use crate::smtp::Session;"),
        ("preview", "fn f() { let x = crate::delivery::ports::Commit; }"),
        ("runner", "use crate::{delivery::plan, ledger};"),
        ("render", "use crate::{\n    domain::issue,\n    delivery::{plan, retry},\n};"),
        ("domain", "use super::super::smtp;"),
        ("newcomer", ""),
    ] {
        assert!(!check_module(module, code).is_empty(), "{module}: {code}");
    }
    for (module, code) in [
        ("preview", "use crate::render::digest; // never crate::smtp"),
        ("cli", "use crate::{domain::{issue, item}, smtp::{reply, tls}};"),
        ("domain", "use crate::domain::issue;"),
    ] {
        assert_eq!(check_module(module, code), Vec::<String>::new(), "{module}: {code}");
    }
}
