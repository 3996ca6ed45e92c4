//! Proves that MJML documents give the HTML whose pixels were compared with npm `mjml`
//! (`scripts/mjml-compare`), that broken ones are refused with their place, and that nothing panics.

mod mutations;
mod refused;

use masthead::render::mjml::{Includes, MjmlSource, compile};
use std::path::{Path, PathBuf};

/// Files below a folder.
struct Folder(PathBuf);

impl Includes for Folder {
    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(path)).ok()
    }
}

fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Returns name and text of the documents that compile.
fn documents() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(fixtures("mjml")).expect("the fixtures are there");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "mjml"));
    paths.sort();
    let name = |path: &Path| path.file_stem().expect("it has a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("it is text"))).collect()
}

#[test]
fn documents_give_the_html_whose_pixels_were_compared() {
    let includes = Folder(fixtures("mjml"));
    let documents = documents();
    assert!(documents.len() >= 40, "only {} documents", documents.len());
    for (name, text) in documents {
        let path = format!("{name}.mjml");
        let output = compile(&MjmlSource { path: &path, text: &text, includes: &includes });
        let html = output.unwrap_or_else(|problems| panic!("{name}: {problems}")).html;
        // One tag per line, so that a changed snapshot can be read.
        let lines = html.replace("><", ">\n<");
        insta::with_settings!({ snapshot_suffix => name.as_str(), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("html", lines);
        });
    }
}
