//! Style sheets as rules: lenient as clients are, and written out again.

/// How deep blocks may stand in each other; what is deeper is passed over.
const DEPTH_MAX: usize = 12;

/// `property: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    /// Property in lower case (custom properties as written).
    pub(super) property: String,
    /// Value without `!important`.
    pub(super) value: String,
    /// Value as written, `!important` included.
    pub(super) written: String,
    pub(super) is_important: bool,
}

/// Selectors with what they set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) selector: String,
    pub(super) declarations: Vec<Declaration>,
    /// Rules written inside.
    pub(super) nested: Vec<Item>,
}

/// `@name prelude { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AtRule {
    /// Name in lower case, without `@`.
    pub(super) name: String,
    pub(super) prelude: String,
    pub(super) body: Body,
}

/// What stands between the braces of an at-rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// It ends with a semicolon.
    None,
    Items(Vec<Item>),
    Declarations(Vec<Declaration>),
}

/// One piece of a style sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Rule(Rule),
    At(AtRule),
}

/// Reads a style sheet.
pub(super) fn parse(text: &str) -> Vec<Item> {
    items(&without_comments(text), 0)
}

/// Reads what stands in a `style` attribute.
pub(super) fn declarations(text: &str) -> Vec<Declaration> {
    block(&without_comments(text), DEPTH_MAX).0
}

/// Drops comments and the `<!-- -->` that old sheets hide in.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        let skipped = match quote {
            None if rest.starts_with("/*") => Some(rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
            None if rest.starts_with("<!--") => Some(4),
            None if rest.starts_with("-->") => Some(3),
            _ => None,
        };
        if let Some(skipped) = skipped {
            rest = &rest[skipped..];
            continue;
        }
        quote = match (quote, c) {
            (None, '"' | '\'') => Some(c),
            (Some(open), _) if open == c || c == '\n' => None,
            (quote, _) => quote,
        };
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Returns where the first of `stops` stands outside quotes, parentheses and brackets, or the end.
pub(super) fn find(text: &str, stops: &[u8]) -> usize {
    let (mut depth, mut quote, mut is_escaped) = (0_usize, None, false);
    for (at, octet) in text.bytes().enumerate() {
        match (quote, octet) {
            _ if is_escaped => is_escaped = false,
            (_, b'\\') => is_escaped = true,
            (Some(open), _) if open == octet || octet == b'\n' => quote = None,
            (None, _) if depth == 0 && stops.contains(&octet) => return at,
            (None, b'"' | b'\'') => quote = Some(octet),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Splits at a character that stands outside quotes, parentheses and brackets.
pub(super) fn split(text: &str, separator: u8) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let at = find(rest, &[separator]);
        parts.push(&rest[..at]);
        if at == rest.len() {
            return parts;
        }
        rest = &rest[at + 1..];
    }
}

/// Splits at white space outside parentheses.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let at = find(rest, b" \t\r\n\x0c");
        words.push(&rest[..at]);
        rest = rest[at..].trim_start();
    }
    words
}

/// Returns the length of a block whose brace was opened before `text`, without the closing brace.
fn block_len(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let next = at + find(&text[at..], b"{}");
        match text.as_bytes().get(next) {
            None => return text.len(),
            Some(b'{') => depth += 1,
            Some(_) if depth == 0 => return next,
            Some(_) => depth -= 1,
        }
        at = next + 1;
    }
}

/// Cuts `text` behind a block that begins at octet `open`, where its brace stands: (inside, rest).
fn cut(text: &str, open: usize) -> (&str, &str) {
    let inside = &text[(open + 1).min(text.len())..];
    let len = block_len(inside);
    (&inside[..len], &inside[(len + 1).min(inside.len())..])
}

fn items(text: &str, depth: usize) -> Vec<Item> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | '}'));
        if rest.is_empty() {
            return found;
        }
        if rest.starts_with('@') {
            let (rule, after) = at_rule(rest, depth);
            found.push(Item::At(rule));
            rest = after;
            continue;
        }
        let open = find(rest, b"{");
        if open == rest.len() {
            return found;
        }
        let (inside, after) = cut(rest, open);
        let (declarations, nested) = block(inside, depth + 1);
        let selector = rest[..open].trim().to_owned();
        found.push(Item::Rule(Rule { selector, declarations, nested }));
        rest = after;
    }
}

fn at_rule(text: &str, depth: usize) -> (AtRule, &str) {
    let end = find(text, b"{;");
    let head = &text[1..end];
    let len = head.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(head.len());
    let name = head[..len].to_ascii_lowercase();
    let prelude = head[len..].trim().to_owned();
    if text.as_bytes().get(end) != Some(&b'{') {
        return (AtRule { name, prelude, body: Body::None }, &text[(end + 1).min(text.len())..]);
    }
    let (inside, after) = cut(text, end);
    let body = match name.as_str() {
        "font-face" | "page" | "counter-style" | "property" | "viewport" | "-ms-viewport" => {
            Body::Declarations(block(inside, DEPTH_MAX).0)
        }
        _ if depth < DEPTH_MAX => Body::Items(items(inside, depth + 1)),
        _ => Body::Items(Vec::new()),
    };
    (AtRule { name, prelude, body }, after)
}

/// Reads declarations, and the rules written between them.
fn block(text: &str, depth: usize) -> (Vec<Declaration>, Vec<Item>) {
    let (mut declarations, mut nested) = (Vec::new(), Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let end = find(rest, b";{");
        if rest.as_bytes().get(end) == Some(&b'{') {
            let (inside, after) = cut(rest, end);
            if depth < DEPTH_MAX {
                let whole = &rest[..rest.len() - after.len()];
                debug_assert!(whole.len() > inside.len());
                nested.extend(items(whole, depth + 1));
            }
            rest = after;
            continue;
        }
        declarations.extend(declaration(&rest[..end]));
        rest = &rest[(end + 1).min(rest.len())..];
    }
    (declarations, nested)
}

fn declaration(text: &str) -> Option<Declaration> {
    let (property, value) = text.split_once(':')?;
    let property = property.trim();
    if property.is_empty() || property.contains(|c: char| c.is_whitespace() || c == '}') {
        return None;
    }
    let property =
        if property.starts_with("--") { property.to_owned() } else { property.to_ascii_lowercase() };
    let written = value.trim().trim_end_matches('}').trim_end();
    let (value, is_important) = match written.rsplit_once('!') {
        Some((value, word)) if word.trim().eq_ignore_ascii_case("important") => (value.trim_end(), true),
        _ => (written, false),
    };
    if value.is_empty() {
        return None;
    }
    Some(Declaration { property, value: value.to_owned(), written: written.to_owned(), is_important })
}

/// Calls `change` with every declaration, and the selector or name of what it stands in.
pub(super) fn for_each_declaration(items: &mut [Item], change: &mut impl FnMut(&str, &mut Declaration)) {
    for item in items {
        match item {
            Item::Rule(rule) => {
                for one in &mut rule.declarations {
                    change(&rule.selector, one);
                }
                for_each_declaration(&mut rule.nested, change);
            }
            Item::At(AtRule { body: Body::Items(items), .. }) => for_each_declaration(items, change),
            Item::At(AtRule { body: Body::Declarations(list), name, .. }) => {
                for one in list {
                    change(name, one);
                }
            }
            Item::At(_) => {}
        }
    }
}

/// Writes a sheet.
pub(super) fn write(items: &[Item]) -> String {
    let mut out = String::new();
    for item in items {
        write_item(item, &mut out);
    }
    out
}

fn write_item(item: &Item, out: &mut String) {
    match item {
        Item::Rule(rule) => {
            out.push_str(&rule.selector);
            out.push('{');
            out.push_str(&write_declarations(&rule.declarations));
            if !rule.nested.is_empty() {
                out.push(';');
                for item in &rule.nested {
                    write_item(item, out);
                }
            }
            out.push_str("}\n");
        }
        Item::At(rule) => {
            out.push('@');
            out.push_str(&rule.name);
            if !rule.prelude.is_empty() {
                out.push(' ');
                out.push_str(&rule.prelude);
            }
            match &rule.body {
                Body::None => out.push(';'),
                Body::Items(items) => {
                    out.push_str("{\n");
                    for item in items {
                        write_item(item, out);
                    }
                    out.push('}');
                }
                Body::Declarations(list) => {
                    out.push('{');
                    out.push_str(&write_declarations(list));
                    out.push('}');
                }
            }
            out.push('\n');
        }
    }
}

/// Writes declarations as a `style` attribute has them.
pub(super) fn write_declarations(list: &[Declaration]) -> String {
    let one = |declaration: &Declaration| {
        let mark = if declaration.is_important { " !important" } else { "" };
        format!("{}:{}{mark}", declaration.property, declaration.value)
    };
    list.iter().map(one).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sheet: &str, expected: &str) {
        assert_eq!(write(&parse(sheet)).replace('\n', ""), expected);
    }

    #[test]
    fn rules_are_read_and_written() {
        check("a , b>c{Color: RED ! important;;x}", "a , b>c{color:RED !important}");
        check("<!-- p{a:url(x;{y})} --> /* q{} */ r{b:'};'}", "p{a:url(x;{y})}r{b:'};'}");
        check(
            "@import 'x';@media screen and (max-width:1px){a{b:c}}@font-face{src:x}",
            "@import 'x';@media screen and (max-width:1px){a{b:c}}@font-face{src:x}",
        );
        check("a{b:c;&:hover{d:e}f:g}", "a{b:c;f:g;&:hover{d:e}}");
    }

    #[test]
    fn what_is_broken_ends_where_clients_end_it() {
        check("}a{b:c}", "a{b:c}");
        check("a{b:c", "a{b:c}");
        check("@media{", "@media{}");
        check("@", "@;");
        let deep = write(&parse(&"a{".repeat(5000)));
        assert!((1..=DEPTH_MAX).contains(&deep.matches('a').count()), "{deep}");
    }
}
