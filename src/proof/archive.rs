//! What `build` writes of an issue: its variants as files, and pages for the web that know no reader.
//!
//! An archive page has neither an unsubscribe link nor anybody's values: where a merge field stood, its default
//! stands. It loads nothing from elsewhere, and the same files give the same bytes on any machine.

use crate::{
    check,
    clients::Document,
    domain::{
        delivery::DeliveryId,
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::MergeField,
        problem::{Problem, Problems},
        settings::ImagePolicy,
        subscriber::Subscriber,
    },
    proof::{Proof, Reading, Renderers, approval::readings},
    render::{
        Dates,
        form::{Fill, Filled},
        token::Signer,
    },
    workspace::{
        Workspace, archive_folder,
        output::{Files, GENERATOR, picture_name},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::NaiveTime;
use std::{collections::BTreeSet, fmt::Write as _};

/// How the strip above an archived digest looks. It brings its own ground, since a template may have any.
const STRIP: &str = "<style>.archive-strip{background:#ffffff;color:#536170;border-bottom:1px solid #dbe2e8}\
    .archive-strip div{max-width:600px;margin:0 auto;padding:8px 20px;font:15px/28px -apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Arial,sans-serif}\
    .archive-strip a{color:#1f5a8a}.archive-strip strong{color:#1c2733;font-weight:600}\
    @media (prefers-color-scheme:dark){.archive-strip{background:#191f25;color:#a9b4bf;border-color:#333d47}\
    .archive-strip a{color:#8fc1ee}.archive-strip strong{color:#e7ebef}}@media print{.archive-strip{display:none}}</style>";

/// How the list of a newsletter's issues looks.
const LIST: &str = ":root{color-scheme:light dark}\
    body{margin:0;background:#eef1f4;color:#1c2733;font:17px/27px -apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Arial,sans-serif}\
    main{box-sizing:border-box;max-width:600px;margin:48px auto;padding:32px 40px 24px;background:#fdfdfd;border-radius:12px}\
    h1{margin:0 0 16px;font-size:32px;line-height:40px}ul{list-style:none;margin:0;padding:0}\
    li{padding:16px 0;border-top:1px solid #dbe2e8}time{display:block;font-size:15px;line-height:24px;color:#536170}\
    a{color:#1f5a8a;font-weight:600;overflow-wrap:anywhere}\
    @media (max-width:640px){main{margin:0 auto;padding:32px 24px;border-radius:0}}\
    @media (prefers-color-scheme:dark){body{background:#101519;color:#e7ebef}main{background:#191f25}\
    li{border-color:#333d47}time{color:#a9b4bf}a{color:#8fc1ee}}";

/// Returns the files of an issue: `index.html` and a folder for each further language, the pictures, and under
/// `mail/` every variant as HTML, text and message. The messages are `reader`'s, or a made-up one's.
///
/// # Errors
/// With every problem of the files involved, or when the reader lacks a field.
pub fn files(
    workspace: &Workspace,
    renderers: &Renderers,
    issue: &IssueId,
    reader: Option<&Subscriber>,
) -> Result<Files, Problems> {
    let mut local = workspace.clone();
    // A page must show its pictures wherever it lies, so they lie beside it.
    local.settings.images = ImagePolicy::Embed;
    let (mut files, mut names) = (Files::new(), BTreeSet::new());
    for reading in readings(workspace, issue)? {
        let proof = Proof::compile(workspace, renderers, &reading)?;
        add_mail(&mut files, &file_name(&proof.label, &mut names), &proof, reader)?;
        if reading.topics.is_empty() {
            let proof = match workspace.settings.images {
                ImagePolicy::Embed => proof,
                ImagePolicy::Link => Proof::compile(&local, renderers, &reading)?,
            };
            let (path, html) = page(workspace, &proof);
            files.insert(path, html.into_bytes());
            add_pictures(&mut files, &proof.digest)?;
        }
    }
    Ok(files)
}

/// Returns a label as part of a file name, unlike those before.
fn file_name(label: &str, names: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "+-_".contains(c) { c } else { '-' };
    let mut name: String = label.chars().map(plain).collect();
    while !names.insert(name.clone()) {
        name.push('-');
    }
    name
}

/// Adds what a reader of a variant gets.
fn add_mail(
    files: &mut Files,
    name: &str,
    proof: &Proof,
    reader: Option<&Subscriber>,
) -> Result<(), Problems> {
    let made_up = check::sample_readers(&proof.letter);
    // The last sample has the fewest fields, so that defaults are seen.
    let Some(subscriber) = reader.or(made_up.last()) else { return Ok(()) };
    let tokens = proof.letter.tokens(&Signer::of_no_ledger(), DeliveryId(0));
    let date = proof.digest.date.and_time(NaiveTime::MIN).and_utc();
    let fill = Fill { subscriber, date, tokens: &tokens };
    let mut filled = Filled::new();
    let refused = |missing: crate::render::form::MissingField| missing.problem(&subscriber.address);
    proof.letter.fill(&fill, &mut filled).map_err(refused)?;
    let html = proof.letter.html_for(&fill).map_err(refused)?;
    let text = proof.letter.text_for(&fill).map_err(refused)?;
    files.insert(format!("mail/{name}.eml"), filled.to_vec());
    files.insert(format!("mail/{name}.html"), with_pictures(html, &proof.digest, "../").into_bytes());
    files.insert(format!("mail/{name}.txt"), text.into_bytes());
    Ok(())
}

fn add_pictures(files: &mut Files, digest: &Digest) -> Result<(), Problems> {
    for image in &digest.images {
        let octets = STANDARD.decode(&image.base64).map_err(|error| {
            Problem::error("form/image", format!("`{}` can't be read back: {error}", image.file_name))
        })?;
        files.insert(format!("images/{}", picture_name(image)), octets);
    }
    Ok(())
}

/// Lets the page show the pictures that lie in `images/` below `up`.
fn with_pictures(mut html: String, digest: &Digest, up: &str) -> String {
    for image in &digest.images {
        let path = format!("{up}images/{}", picture_name(image));
        html = html.replace(&format!("cid:{}", image.content_id), &path);
    }
    html
}

/// Returns the archive page of a proof, and its path below the issue's folder.
fn page(workspace: &Workspace, proof: &Proof) -> (String, String) {
    let Proof { digest, edition, .. } = proof;
    // Neither what is a reader's own nor the way to this page itself has a place here.
    let mut targets: BTreeSet<_> = edition.archive_url.iter().cloned().collect();
    targets.insert(digest.merge.clone().token(MergeField::UnsubscribeUrl));
    let html = without_links(&digest.html, &targets);
    let html = digest.merge.replace(&html, |field| escaped(&MergeField::default_value(field)));
    let Some((loaded, _)) = workspace.find(&edition.issue) else { return (String::new(), html) };
    let folder = archive_folder(loaded, &edition.language);
    let up = if folder.is_empty() { "" } else { "../" };
    let mut html = with_pictures(html, digest, up);
    let mut head = format!("{GENERATOR}\n{STRIP}\n");
    if let Some(url) = &edition.archive_url {
        writeln!(head, "<link rel=\"canonical\" href=\"{}\">", escaped(url)).expect("text");
    }
    let mut switch = String::new();
    for language in &loaded.newsletter.languages {
        let (path, tag) = (archive_folder(loaded, language), language.as_str());
        let (name, direction) = (own_name(language), language.direction().as_str());
        if *language == edition.language {
            write!(switch, " · <strong>{name}</strong>").expect("text");
            continue;
        }
        let target = format!("{up}{path}");
        let target = if target.is_empty() { "./" } else { &target };
        write!(
            switch,
            " · <a href=\"{target}\" hreflang=\"{tag}\" lang=\"{tag}\" dir=\"{direction}\">{name}</a>"
        )
        .expect("text");
        if let Some(url) = &workspace.settings.public_url {
            let url = escaped(&format!("{url}/{}/{path}", edition.issue));
            writeln!(head, "<link rel=\"alternate\" hreflang=\"{tag}\" href=\"{url}\">").expect("text");
        }
    }
    if let Some(at) = html.find("</head>") {
        html.insert_str(at, &head);
    }
    let name = digest.merge.replace(&digest.list_name, MergeField::default_value);
    let bar = format!(
        "\n<nav class=\"archive-strip\"><div><a href=\"{up}../\">{}</a>{switch}</div></nav>",
        escaped(&name)
    );
    if let Some(at) = after_body_tag(&html) {
        html.insert_str(at, &bar);
    }
    (format!("{folder}index.html"), html)
}

/// Returns where the content of the body begins.
fn after_body_tag(html: &str) -> Option<usize> {
    let document = Document::read(html);
    let (_, body) = document.named("body").next()?;
    end_of_tag(html, body.at)
}

/// Returns where the tag that begins at `at` ends: not inside of one of its values.
fn end_of_tag(html: &str, at: usize) -> Option<usize> {
    let mut quote = None;
    for (offset, octet) in html.bytes().enumerate().skip(at) {
        match (quote, octet) {
            (None, b'>') => return Some(offset + 1),
            (None, b'"' | b'\'') => quote = Some(octet),
            (Some(open), octet) if open == octet => quote = None,
            _ => {}
        }
    }
    None
}

/// Returns the page without links to these addresses, and without the gap that set them off.
fn without_links(html: &str, targets: &BTreeSet<String>) -> String {
    let document = Document::read(html);
    let mut out = html.to_owned();
    let links: Vec<_> =
        document.named("a").map(|(_, link)| (link.at, link.get("href").unwrap_or_default())).collect();
    for (at, target) in links.into_iter().rev() {
        let inside =
            Some(target).filter(|target| targets.contains(*target)).and_then(|_| end_of_tag(&out, at));
        let Some(inside) = inside else { continue };
        let Some(end) = out[inside..].find("</a>") else { continue };
        let mut end = inside + end + "</a>".len();
        let rest = out[end..].trim_start();
        if rest.starts_with("<span class=\"gap\"")
            && let Some(length) = rest.find("</span>")
        {
            end = out.len() - rest.len() + length + "</span>".len();
        }
        out.replace_range(at..end, "");
    }
    out
}

/// Writes words so that they stay words in HTML, also in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns what speakers call their language; the tag of those we don't know.
fn own_name(language: &Language) -> &str {
    match language.primary() {
        "ar" => "العربية",
        "de" => "Deutsch",
        "en" => "English",
        "es" => "español",
        "fr" => "français",
        "it" => "italiano",
        "pt" => "português",
        "ru" => "русский",
        "zh" => "中文",
        _ => language.as_str(),
    }
}

/// Returns the page that lists these issues of a newsletter, the newest first.
///
/// # Errors
/// With every problem of the files involved.
pub fn index(
    workspace: &Workspace,
    renderers: &Renderers,
    newsletter: &str,
    issues: &[IssueId],
) -> Result<String, Problems> {
    let loaded = workspace.newsletter(newsletter)?;
    let language = loaded.first_language();
    let dates = Dates::of(language);
    let (mut rows, mut name) = (String::new(), newsletter.to_owned());
    let listed = loaded.issues_by_date().into_iter().rev().filter(|issue| issues.contains(&issue.id));
    for issue in listed {
        let reading = Reading { issue: issue.id.clone(), language: language.clone(), topics: Vec::new() };
        let Digest { subject, merge, list_name, .. } = Proof::compile(workspace, renderers, &reading)?.digest;
        let subject = merge.replace(&subject, MergeField::default_value);
        let (folder, date) = (&issue.id.issue, issue.date);
        writeln!(
            rows,
            "<li><time datetime=\"{date}\">{}</time> <a href=\"{folder}/\">{}</a></li>",
            escaped(&dates.long(date)),
            escaped(subject.trim())
        )
        .expect("text");
        name = merge.replace(&list_name, MergeField::default_value);
    }
    let canonical = workspace.settings.public_url.as_ref().map_or_else(String::new, |url| {
        format!("<link rel=\"canonical\" href=\"{}\">\n", escaped(&format!("{url}/{newsletter}/")))
    });
    let (name, tag, direction) = (escaped(&name), language.as_str(), language.direction().as_str());
    Ok(format!(
        "<!doctype html>\n<html lang=\"{tag}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{name}</title>\n{GENERATOR}\n{canonical}\
         <style>{LIST}</style>\n\
         </head>\n<body>\n<main>\n<h1>{name}</h1>\n<ul>\n{rows}</ul>\n</main>\n</body>\n</html>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_goes_whole_whatever_its_label_says() {
        let html =
            "<p><a aria-label=\"</a><img src=x onerror=y>\" href=\"https://news.example.org/a/\">x</a> b</p>";
        let targets = BTreeSet::from(["https://news.example.org/a/".to_owned()]);
        assert_eq!(without_links(html, &targets), "<p> b</p>");
        assert_eq!(without_links(html, &BTreeSet::new()), html);
    }

    #[test]
    fn the_body_begins_behind_its_tag() {
        let html = "<html><body class='a>b' lang=\"en\">text</body></html>";
        assert_eq!(after_body_tag(html).map(|at| &html[at..]), Some("text</body></html>"));
    }
}
