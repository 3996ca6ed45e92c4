//! Resolves `mj-include`: fragments, whole documents, CSS and HTML, each relative to the file that names it.

use super::Includes;
use super::parse::parse;
use super::source::{Report, Span};
use super::tree::{Attribute, Element, Node};

/// Files that one document may pull in, one over the other.
const INCLUDES_MAX: usize = 500;

/// Files that may include each other in a chain.
const CHAIN_MAX: usize = 20;

/// Bytes of all files together.
pub(super) const SOURCE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Reads a document with everything that it includes.
pub(super) struct Resolver<'a> {
    /// Where problems and files go.
    pub(super) report: &'a mut Report,
    /// Who reads files.
    pub(super) includes: &'a dyn Includes,
    /// The files that are being read, outermost first.
    chain: Vec<String>,
    /// What goes to the end of the document's head.
    head: Vec<Node>,
    /// Files included so far.
    count: usize,
}

impl<'a> Resolver<'a> {
    /// Returns a resolver that reads through `includes`.
    pub(super) fn new(report: &'a mut Report, includes: &'a dyn Includes) -> Self {
        Self { report, includes, chain: Vec::new(), head: Vec::new(), count: 0 }
    }

    /// Returns the top-level nodes of the document, includes resolved.
    pub(super) fn document(mut self, path: &str, text: &str) -> Vec<Node> {
        let mut nodes = self.file(path, text);
        let extra = std::mem::take(&mut self.head);
        let root = nodes.iter_mut().find_map(|node| match node {
            Node::Element(element) if element.name == "mjml" => Some(element),
            _ => None,
        });
        if let Some(root) = root.filter(|_| !extra.is_empty()) {
            append_to_head(root, extra);
        }
        nodes
    }

    /// Reads one file.
    fn file(&mut self, path: &str, text: &str) -> Vec<Node> {
        let file = self.report.files.add(path, text);
        let nodes = parse(self.report, file);
        self.chain.push(path.to_owned());
        let nodes = self.resolve(nodes, false);
        self.chain.pop();
        nodes
    }

    /// Replaces the includes among `nodes`; `in_head` says that they stand in the document's head.
    fn resolve(&mut self, nodes: Vec<Node>, in_head: bool) -> Vec<Node> {
        let mut resolved = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Element(element) if element.name == "mj-include" => {
                    resolved.extend(self.include(&element, in_head));
                }
                Node::Element(mut element) => {
                    let in_head = in_head || element.name == "mj-head";
                    element.children = self.resolve(std::mem::take(&mut element.children), in_head);
                    resolved.push(Node::Element(element));
                }
                comment @ Node::Comment(_) => resolved.push(comment),
            }
        }
        resolved
    }

    /// Returns what stands in the place of one include.
    fn include(&mut self, element: &Element, in_head: bool) -> Vec<Node> {
        let Some((path, text)) = self.read(element) else { return Vec::new() };
        match element.attribute("type").unwrap_or("mjml") {
            "css" => {
                let style = self.style(element, &path, &text);
                self.head.push(Node::Element(style));
                Vec::new()
            }
            "html" => {
                let mut raw = Element::new("mj-raw", element.span);
                text.replace("\r\n", "\n").trim().clone_into(&mut raw.content);
                self.report.files.add(&path, &text);
                vec![Node::Element(raw)]
            }
            "mjml" | "" => {
                let nodes = self.file(&path, &text);
                self.unwrap(nodes, in_head)
            }
            other => {
                let message = format!("`mj-include` knows no type `{other}`");
                self.report.error("mjml/include", element.span, message, "use `mjml`, `html` or `css`");
                Vec::new()
            }
        }
    }

    /// Returns the `mj-style` that an included style sheet becomes.
    fn style(&mut self, include: &Element, path: &str, text: &str) -> Element {
        let mut style = Element::new("mj-style", include.span);
        text.replace("\r\n", "\n").trim().clone_into(&mut style.content);
        self.report.files.add(path, text);
        if include.attribute("css-inline") == Some("inline") {
            let span = include.span;
            style.attributes.push(Attribute { name: "inline".to_owned(), value: "inline".to_owned(), span });
        }
        style
    }

    /// Takes a whole document apart: its head goes to the head, its body stands where the include stood.
    fn unwrap(&mut self, nodes: Vec<Node>, in_head: bool) -> Vec<Node> {
        let mut place = Vec::new();
        for node in nodes {
            match node {
                Node::Element(root) if root.name == "mjml" => {
                    for part in root.children {
                        match part {
                            Node::Element(body) if body.name == "mj-body" => place.extend(body.children),
                            Node::Element(head) if head.name == "mj-head" && in_head => {
                                place.extend(head.children);
                            }
                            Node::Element(head) if head.name == "mj-head" => self.head.extend(head.children),
                            _ => {}
                        }
                    }
                }
                other => place.push(other),
            }
        }
        place
    }

    /// Reads the file that an include names.
    fn read(&mut self, element: &Element) -> Option<(String, String)> {
        let written = element.attribute("path").unwrap_or_default();
        if written.trim().is_empty() {
            return self.refuse(element.span, "`mj-include` names no file", "add `path=\"…\"`");
        }
        let from = self.chain.last().map_or("", String::as_str);
        let Some(path) = relative_to(from, written) else {
            let message = format!("`{written}` leads out of the template's folder");
            return self.refuse(
                element.span,
                &message,
                "include files that stand beside or below the template",
            );
        };
        if self.chain.contains(&path) {
            let message = format!("`{path}` includes itself: {} → {path}", self.chain.join(" → "));
            return self.refuse(element.span, &message, "take the include out of one of these files");
        }
        self.count += 1;
        if self.count > INCLUDES_MAX || self.chain.len() > CHAIN_MAX {
            let message = "too many files are included";
            return self.refuse(
                element.span,
                message,
                "a document may include 500 files, 20 of them in a chain",
            );
        }
        let Some(text) = self.includes.read(&path) else {
            let message = format!("there is no file `{path}`");
            return self.refuse(element.span, &message, "the path counts from the file that includes");
        };
        if self.report.files.bytes() + text.len() > SOURCE_BYTES_MAX {
            return self.refuse(element.span, "the included files are larger than 8 MiB", "");
        }
        Some((path, text))
    }

    fn refuse(&mut self, span: Span, message: &str, help: &str) -> Option<(String, String)> {
        self.report.error("mjml/include", span, message.to_owned(), help);
        None
    }
}

/// Puts `nodes` at the end of the document's head, which is made when there is none.
fn append_to_head(root: &mut Element, nodes: Vec<Node>) {
    for child in &mut root.children {
        if let Node::Element(head) = child
            && head.name == "mj-head"
        {
            head.children.extend(nodes);
            return;
        }
    }
    let mut head = Element::new("mj-head", root.span);
    head.children = nodes;
    root.children.insert(0, Node::Element(head));
}

/// Returns `path` as seen from the folder of `from`, without `.` and `..`, or `None` when it leaves the root.
fn relative_to(from: &str, path: &str) -> Option<String> {
    let path = path.trim();
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || has_drive || path.contains(['\0', '\\']) {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none_or(|last| last == "..") {
                    return None;
                }
            }
            name => parts.push(name),
        }
    }
    let root = if from.starts_with('/') { "/" } else { "" };
    (!parts.is_empty()).then(|| format!("{root}{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::relative_to;

    #[test]
    fn paths_count_from_the_including_file_and_stay_inside_the_root() {
        assert_eq!(relative_to("a/b.mjml", "c.mjml").as_deref(), Some("a/c.mjml"));
        assert_eq!(relative_to("a/b.mjml", "./../c.mjml").as_deref(), Some("c.mjml"));
        assert_eq!(relative_to("b.mjml", "p/q.mjml").as_deref(), Some("p/q.mjml"));
        assert_eq!(relative_to("/x/b.mjml", "q.mjml").as_deref(), Some("/x/q.mjml"));
        for refused in ["../c.mjml", "/etc/passwd", "C:x", "a\\b", ".", "a/../../c"] {
            assert_eq!(relative_to("b.mjml", refused), None, "{refused}");
        }
    }
}
